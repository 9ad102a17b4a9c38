//! Every history of a small list: whatever is created, archived or restored between whichever
//! requests, no claim is wrong.

use segments_core::{Completeness, Goal};
use segments_tests::model::{Exhaustive, Setup, simulate};

#[derive(Debug, Default)]
struct Tally {
    runs: u64,
    complete: u64,
    unless_undone: u64,
    snapshots: u64,
    refused: u64,
    requests: u64,
}

/// Runs every history from every beginning.
fn explore(setup: Setup) -> Tally {
    let mut tally = Tally::default();
    for listed in 0..1 << setup.ranks {
        let mut all = Exhaustive::default();
        loop {
            let outcome = simulate(Setup { listed, ..setup }, &mut all);
            tally.runs += 1;
            tally.requests += outcome.requests;
            match outcome.result {
                Ok(report) => {
                    tally.snapshots += u64::from(report.snapshot.is_some());
                    match report.completeness {
                        Completeness::Complete => tally.complete += 1,
                        Completeness::UnlessUndone => tally.unless_undone += 1,
                        _ => {}
                    }
                }
                Err(_) => tally.refused += 1,
            }
            if !all.advance() {
                break;
            }
        }
    }
    println!("{setup:?}\n{tally:?}");
    tally
}

const SMALL: Setup = Setup {
    goal: Goal::Complete,
    page_size: 2,
    window: 1,
    ranks: 5,
    listed: 0,
    events: 2,
    edits: 0,
    failures: 0,
    breaks: 0,
};

#[test]
fn complete_is_never_wrong() {
    let tally = explore(SMALL);
    assert!(tally.complete > tally.runs / 2, "{tally:?}");
    assert!(tally.unless_undone > 0, "{tally:?}");
}

#[test]
fn complete_is_never_wrong_with_a_window() {
    explore(Setup { window: 2, ranks: 4, events: 1, ..SMALL });
}

#[test]
fn a_snapshot_is_never_wrong() {
    let tally = explore(Setup { goal: Goal::Snapshot, ..SMALL });
    assert!(tally.snapshots > tally.runs / 2, "{tally:?}");
}

#[test]
fn a_snapshot_is_never_wrong_with_a_window() {
    explore(Setup { goal: Goal::Snapshot, window: 2, ranks: 3, events: 1, ..SMALL });
}
