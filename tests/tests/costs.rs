//! What a quiet list costs, in requests: the price of a proof is part of the promise.

use segments_core::{Completeness, Goal, Strength};
use segments_tests::model::{Exhaustive, Run, Setup, simulate};

const PAGE: usize = 5;

fn quiet(goal: Goal, len: usize, window: u16) -> Run {
    let setup = Setup { window, ..Setup::quiet(goal, PAGE, len) };
    let run = simulate(setup, &mut Exhaustive::default());
    assert_eq!(run.found, (0..len).map(|rank| (rank, 0)).collect::<Vec<_>>());
    run
}

/// Requests that were answered.
fn cost(run: &Run) -> u64 {
    run.answers.len() as u64
}

#[test]
fn i17_a_walk_costs_its_pages_and_the_end() {
    for len in 0..40_usize {
        // Pages of five are never taken for the documented hundred, so only a page shorter than
        // another, or page 0, is a sign of the end.
        let pages = len.div_ceil(PAGE) as u64;
        let short = len % PAGE != 0 || len <= PAGE;
        let expected = pages + if short && len > 0 { 1 } else { 2 };
        assert_eq!(cost(&quiet(Goal::Walk, len, 1)), expected, "{len} segments");
    }
}

#[test]
fn i18_complete_costs_both_ends_of_every_boundary_and_the_count() {
    for len in 0..40_usize {
        let run = quiet(Goal::Complete, len, 1);
        let boundaries = (len.div_ceil(PAGE) as u64).saturating_sub(1);
        let divides = len % PAGE == 0 && len > PAGE;
        let expected = match boundaries {
            // One row has no order to see, and behind a full page there can be more: page 1 is
            // asked for too.
            0 if len == 1 || len == PAGE => 3,
            0 => 2,
            _ if divides => 2 * (boundaries + 1) + 2,
            _ => 2 * boundaries + 1,
        };
        assert_eq!(cost(&run), expected, "{len} segments");
        let report = run.result.unwrap();
        let claim = if divides { Completeness::UnlessUndone } else { Completeness::Complete };
        assert_eq!(report.completeness, claim, "{len} segments");
        assert_eq!((report.late, report.evidence.len()), (0, 0), "{len} segments");
    }
}

#[test]
fn i19_a_snapshot_costs_two_passes() {
    for len in 0..40_usize {
        let run = quiet(Goal::Snapshot, len, 1);
        let pages = (len / PAGE) as u64;
        // An empty page alone is not believed: two passes have to agree on it.
        let expected = match len {
            0 => 2,
            _ if len < PAGE => 2,
            _ => 2 * pages + 2 - u64::from(len % PAGE == 0),
        };
        assert_eq!(cost(&run), expected, "{len} segments");
        let strength = run.result.unwrap().snapshot.unwrap().strength;
        let atomic = len < PAGE && len > 0;
        assert_eq!(strength, if atomic { Strength::Atomic } else { Strength::Clean });
    }
}

#[test]
fn i22_a_window_costs_at_most_what_is_in_flight_at_an_end() {
    for goal in [Goal::Walk, Goal::Complete, Goal::Snapshot] {
        for len in 0..40_usize {
            for window in 2..6 {
                let one = cost(&quiet(goal, len, 1));
                let more = cost(&quiet(goal, len, window));
                // One more to read the last page alone, for the count.
                assert!(more <= one + 1, "{goal} of {len} in windows of {window}: {more}, {one}");
            }
        }
    }
}
