//! `cargo xtask workers`: the examples for workers on many machines, with the real servers.
//!
//! Twenty workspaces, two workers, one of which is killed in the middle of its work and replaced; the
//! lists are edited meanwhile. Each workspace must have one result, which is proven complete.
//!
//! Needs npm, Python 3, curl and the network, so CI does not run it. `docs/workers.md` has the last
//! result.

mod fleet;
mod nats;
mod place;
mod process;
mod restate;

use xshell::{Shell, cmd};

use crate::server::target_directory;
use crate::step::{Steps, works};
use place::Place;

/// Under the target directory; what is installed stays there for the next time.
const FOLDER: &str = "target/workers";

pub(crate) fn run(sh: &Shell, steps: &mut Steps) {
    if !works(cmd!(sh, "curl --version")) {
        return steps.skip("workers", "not installed: curl");
    }
    let folder = sh.current_dir().join(FOLDER);
    let place = Place { segments: target_directory(sh).join("debug/segments"), folder };
    if !steps.run(cmd!(sh, "cargo build --locked --package segments-cli")) {
        return;
    }

    let server = place.nats_server(sh, steps);
    if let Some(server) = server.filter(|_| place.build(sh, steps, "nats")) {
        steps.check("NATS JetStream", || nats::run(&place, &server));
    }
    let server = place.restate_server(sh, steps);
    if let Some(server) = server.filter(|_| place.build(sh, steps, "restate")) {
        steps.check("Restate", || restate::run(&place, &server));
    }
}
