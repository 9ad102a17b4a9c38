//! Every history of a small list: whatever is created, archived or restored between whichever
//! requests, no claim is wrong.
//!
//! `cargo xtask soak` goes through larger ones.

use segments_core::Goal;
use segments_tests::model::{Setup, explore};

const PAGE: usize = 2;

fn small(goal: Goal, ranks: usize, events: usize) -> Setup {
    Setup { events, ..Setup::quiet(goal, PAGE, ranks) }
}

#[test]
fn i11_complete_is_never_wrong() {
    let tally = explore(small(Goal::Complete, 5, 2));
    assert!(tally.complete > tally.runs / 2, "{tally:?}");
    assert!(tally.complete_by_count > 0, "{tally:?}");
}

#[test]
fn i13_a_snapshot_is_never_wrong() {
    let tally = explore(small(Goal::Snapshot, 5, 2));
    assert!(tally.snapshots > tally.runs / 2, "{tally:?}");
}

#[test]
fn a_walk_names_nothing_that_was_not_there() {
    let tally = explore(small(Goal::Walk, 5, 2));
    assert_eq!((tally.complete, tally.snapshots), (0, 0));
}

#[test]
fn i32_i33_windows_are_never_wrong() {
    for goal in [Goal::Complete, Goal::Snapshot] {
        explore(Setup { window: 2, ..small(goal, 3, 1) });
        explore(Setup { window: 3, ..small(goal, 3, 0) });
    }
}

#[test]
fn i02_attributes_are_never_wrong() {
    for goal in [Goal::Walk, Goal::Complete, Goal::Snapshot] {
        explore(Setup { edits: 1, ..small(goal, 4, 1) });
    }
}

#[test]
fn i29_a_failure_changes_no_claim() {
    for goal in [Goal::Complete, Goal::Snapshot] {
        let tally = explore(Setup { failures: 1, ..small(goal, 4, 1) });
        assert_eq!(tally.failed, 0, "{tally:?}");
    }
}

#[test]
fn i34_a_break_at_any_point_changes_no_claim() {
    for goal in [Goal::Complete, Goal::Snapshot] {
        explore(Setup { breaks: 1, ..small(goal, 4, 1) });
    }
}
