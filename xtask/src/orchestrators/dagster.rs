//! Dagster: its daemon, and the schedule of the recipe.

use std::fs;

use anyhow::Result;
use xshell::Shell;

use super::engine::{Engine, Recipe};

pub(super) const RECIPE: Recipe = Recipe { name: "dagster", package: "dagster==1.13.28", run };

/// `run_retries` is for runs that were killed; a failed asset says itself whether to try again.
const CONFIG: &str = "\
run_retries: { enabled: true, max_retries: 2, retry_on_asset_or_op_failure: false }
run_monitoring: { enabled: true, poll_interval_seconds: 5 }
concurrency: { runs: { max_concurrent_runs: 4 } }
telemetry: { enabled: false }
";

fn run(sh: &Shell, engine: &Engine) -> Result<()> {
    let workspaces = engine.serve()?;
    fs::write(engine.home.join("dagster.yaml"), CONFIG)?;

    // At a full minute that the daemon is there for; twenty seconds are enough for it to start.
    let minute =
        sh.cmd("date").args(["-u", "-d", "+80 seconds", "+%-M %-H * * *"]).quiet().read()?;
    let recipe = engine.recipe.replace("0 2 * * *", &minute);
    let recipe = recipe.replace("seconds_to_wait=60", "seconds_to_wait=2");
    fs::write(engine.home.join("recipe.py"), recipe)?;

    let mut daemon = engine.command("dagster-daemon", &workspaces)?;
    daemon.args(["run", "-f", "recipe.py"]).env("DAGSTER_HOME", &engine.home);
    let _daemon = engine.start("daemon", daemon)?;
    engine.finish(sh)
}
