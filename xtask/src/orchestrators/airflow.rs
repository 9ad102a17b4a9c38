//! Airflow: its scheduler, its API server on loopback, and one run of the recipe.

use std::fs;
use std::net::TcpListener;
use std::process::Command;

use anyhow::{Result, ensure};
use xshell::Shell;

use super::engine::{Engine, Recipe};
use super::workspaces::Workspaces;

pub(super) const RECIPE: Recipe = Recipe { name: "airflow", package: "apache-airflow==3.3.2", run };

fn run(sh: &Shell, engine: &Engine) -> Result<()> {
    let workspaces = engine.serve()?;
    fs::create_dir(engine.home.join("dags"))?;
    let recipe = engine.recipe.replace("minutes=1", "seconds=2");
    fs::write(engine.home.join("dags/recipe.py"), recipe)?;

    // A port that was free a moment ago.
    let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port().to_string();
    let airflow = |arguments: &[&str]| command(engine, &workspaces, &port, arguments);
    once(airflow(&["db", "migrate"])?)?;

    // Not `airflow standalone`: it serves logs on every address.
    let api = airflow(&["api-server", "--host", "127.0.0.1", "--port", &port])?;
    let _services = [
        engine.start("api-server", api)?,
        engine.start("scheduler", airflow(&["scheduler", "--skip-serve-logs"])?)?,
        engine.start("dag-processor", airflow(&["dag-processor"])?)?,
    ];
    once(airflow(&["dags", "reserialize"])?)?;
    once(airflow(&["dags", "trigger", "segments"])?)?;
    engine.finish(sh)
}

fn command(
    engine: &Engine,
    workspaces: &Workspaces,
    port: &str,
    arguments: &[&str],
) -> Result<Command> {
    let mut command = engine.command("airflow", workspaces)?;
    command.args(arguments).env("AIRFLOW_HOME", &engine.home);
    command.envs([
        ("AIRFLOW__API__WORKERS", "1"),
        ("AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION", "False"),
        ("AIRFLOW__CORE__EXECUTOR", "LocalExecutor"),
        ("AIRFLOW__CORE__LOAD_EXAMPLES", "False"),
        ("AIRFLOW__CORE__PARALLELISM", "4"),
    ]);
    let url = format!("http://127.0.0.1:{port}");
    command.env("AIRFLOW__CORE__EXECUTION_API_SERVER_URL", format!("{url}/execution/"));
    command.env("AIRFLOW__API__BASE_URL", url);
    Ok(command)
}

/// Runs a command to its end.
fn once(mut command: Command) -> Result<()> {
    let output = command.output()?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Ok(())
}
