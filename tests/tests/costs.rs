//! What a quiet list costs, in requests: the price of a proof is part of the promise.

use segments_core::Goal;
use segments_core::report::{Completeness, Strength};
use segments_tests::model::{Exhaustive, Run, Setup, run_broken, simulate};

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
        // A page shorter than documented is a sign of the end, a full one is not.
        let pages = len.div_ceil(PAGE) as u64;
        let short = len % PAGE != 0;
        // An empty list is asked for once more.
        let expected = pages
            + if len == 0 {
                3
            } else if short {
                1
            } else {
                2
            };
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
            // Page 1 has to be seen empty, and an empty list is asked for once more.
            0 if len == 0 => 4,
            0 => 3,
            _ if divides => 2 * (boundaries + 1) + 2,
            _ => 2 * boundaries + 1,
        };
        assert_eq!(cost(&run), expected, "{len} segments");
        let report = run.result.unwrap();
        let claim = if divides { Completeness::CompleteByCount } else { Completeness::Complete };
        assert_eq!(report.completeness, claim, "{len} segments");
        assert_eq!((report.missed_by_first_pass, report.anomalies.len()), (0, 0), "{len} segments");
    }
}

#[test]
fn i19_a_snapshot_costs_two_passes() {
    for len in 0..40_usize {
        let run = quiet(Goal::Snapshot, len, 1);
        let pages = (len / PAGE) as u64;
        // Behind a page that is not full one more has to be empty. An empty list is not believed
        // for one pass: two have to agree on it.
        let expected = match len {
            0 => 3,
            _ if len < PAGE => 2,
            _ if len % PAGE == 0 => 2 * pages + 1,
            _ => 2 * pages + 3,
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

// Links survive a break of any length, and what was seen too. Lost are a pin, and with it the pages
// that were read after it, and what was under way. A snapshot begins anew once its moment has been,
// because two passes have to agree that were read with no break in between.
#[test]
fn a_break_costs_no_more_than_what_it_takes_away() {
    for goal in [Goal::Walk, Goal::Complete, Goal::Snapshot] {
        for len in 0..40_usize {
            for window in [1, 4] {
                let setup = Setup { window, ..Setup::quiet(goal, PAGE, len) };
                let fresh = cost(&simulate(setup, &mut Exhaustive::default()));
                let mut breaks = 0;
                while let Some((before, run)) = run_broken(setup, breaks) {
                    breaks += 1;
                    let after = cost(&run) - before;
                    let told = format!("{goal} of {len}, window {window}: {before} and {after}");
                    assert_eq!(run.found.len(), len, "{told}");
                    let under_way = u64::from(window - 1);
                    assert!(after <= fresh + under_way, "{told}, and {fresh} anew");
                    let pages = (len / PAGE) as u64;
                    let counted = len % PAGE == 0 && goal == Goal::Complete;
                    let lost = if counted { pages + 1 } else { 0 };
                    let most = fresh + lost + under_way;
                    assert!(
                        goal == Goal::Snapshot || before + after <= most,
                        "{told}, and {fresh} anew"
                    );
                }
                assert!(breaks as u64 >= fresh, "{goal} of {len}");
            }
        }
    }
}

#[test]
fn three_thousand_are_gone_on_with_from_where_they_were() {
    // The list of a report: 62 requests anew, and 38 before the break.
    let setup = Setup { window: 1, ..Setup::quiet(Goal::Complete, 5, 150) };
    assert_eq!(cost(&simulate(setup, &mut Exhaustive::default())), 62);
    let (before, run) = run_broken(setup, 38).unwrap();
    assert_eq!((before, cost(&run) - before), (38, 31));
}
