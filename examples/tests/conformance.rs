//! Every example in every situation of the emulator: a whole list, or an error.

use std::thread;
use std::time::Duration;

use segments_conformance::{Case, Suite};

const PROGRAMS: [&str; 7] = [
    env!("CARGO_BIN_EXE_blocking"),
    env!("CARGO_BIN_EXE_hyper"),
    env!("CARGO_BIN_EXE_reqwest"),
    env!("CARGO_BIN_EXE_tower"),
    env!("CARGO_BIN_EXE_by_hand"),
    env!("CARGO_BIN_EXE_threads"),
    env!("CARGO_BIN_EXE_metrics"),
];

/// It takes as long as a client's timeout for one request, which is 30 s in the examples.
const SLOW: &str = "silence";

/// What takes longer hangs, however slow the machine is.
const WATCHDOG: Duration = Duration::from_secs(300);

/// Runs all programs side by side, because they mostly wait.
fn check(cases: &[Case]) {
    thread::scope(|scope| {
        for program in PROGRAMS {
            scope.spawn(move || {
                let suite = Suite::new(program).cases(cases.iter().copied()).timeout(WATCHDOG);
                for finding in suite.jobs(8).run_blocking().expect("the example starts") {
                    assert!(finding.is_right(), "{program}: {finding:?}");
                }
            });
        }
    });
}

#[test]
fn every_example_is_whole_or_loud() {
    let cases: Vec<_> = Case::all().into_iter().filter(|case| case.name() != SLOW).collect();
    check(&cases);
}

#[test]
#[ignore = "takes half a minute; `cargo xtask audit` runs it"]
fn every_example_outlives_a_silent_server() {
    check(&[Case::named(SLOW).expect("a case")]);
}
