//! Whole exports against the emulator, in virtual time and without sockets.
//!
//! The driver does what a transport would: it keeps a window of requests in flight, brings responses
//! in another order than that of sending, cuts, stalls and closes where the emulator's script says
//! so, and loses requests of its own. What must hold at every moment is asserted on the way.

mod driver;
mod replay;
mod way;

use segments_core::{Api, ApiKey, Endpoint, Export, Plan};
use segments_emulator::Workspace;

use driver::Driver;
pub use replay::{Replayed, assert_replayed_alike, replay};
pub use way::{EPOCH, KEY, Outage, Run, Sent, Way};

/// Runs an export to its end.
///
/// # Panics
/// If a rule of sending is broken, or if there is no end.
pub fn run(workspace: Workspace, plan: Plan, way: Way) -> Run {
    run_with(workspace, plan, KEY, way)
}

/// As [`run`], with another key.
///
/// # Panics
/// As [`run`], and if it is no key.
pub fn run_with(workspace: Workspace, plan: Plan, key: &str, way: Way) -> Run {
    let endpoint = Endpoint::new("http://127.0.0.1").expect("an endpoint");
    let api = Api::new(endpoint, ApiKey::new(key).expect("a key"));
    Driver::new(Export::new(api, plan), workspace, way).run()
}
