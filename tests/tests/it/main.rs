//! Every layer against what must hold.

mod cached;
mod canary;
mod catalogue;
mod corpus;
mod every_step;
mod faults;
mod fixtures;
mod hostile;
mod known;
mod limiters;
mod limits;
mod lookahead;
mod outages;
mod properties;
mod recorded;
mod sealed;
mod wire;
mod world;

use proptest::test_runner::Config;

/// So many cases, unless the environment asks for another number (`PROPTEST_CASES`).
fn cases(cases: u32) -> Config {
    match std::env::var_os("PROPTEST_CASES") {
        Some(_) => Config::default(),
        None => Config::with_cases(cases),
    }
}
