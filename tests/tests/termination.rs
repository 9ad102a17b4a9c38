//! Whatever a server answers, an export ends, and within the bounds of its plan.

use std::collections::{BTreeMap, BTreeSet};

use segments_core::error::{NotProven, PagingError};
use segments_core::report::Completeness;
use segments_core::{ErrorKind, Goal, ListRequest, Plan, SortDirection};
use segments_tests::model::{Chooser, Ordeal, Seeded, Setup, ordeal, simulate};

const GOALS: [Goal; 3] = [Goal::Walk, Goal::Complete, Goal::Snapshot];
const PAGE: usize = 3;

fn plan(goal: Goal, window: u16, max_pages: u32, max_passes: u32) -> Plan {
    let mut plan = Plan::new(goal);
    (plan.window, plan.max_pages, plan.max_passes) = (window, max_pages, max_passes);
    plan.page_size = PAGE;
    plan
}

/// So many answers at most. A round of `Complete` is two passes, the last page once more, and 64
/// single reads; a pass of `Snapshot` ends with the last page once more. A list that seems to be
/// empty is read again: its pages 0 and 1, and page 0 of the other order. What was requested ahead
/// comes on top.
fn bound(plan: &Plan) -> u64 {
    let (pages, ahead) = (u64::from(plan.max_pages) + 1, u64::from(plan.window - 1));
    let passes = u64::from(plan.max_passes);
    match plan.goal {
        Goal::Complete => (passes / 2).max(1) * (2 * (pages + ahead) + 1 + 64 + 3 + ahead),
        Goal::Snapshot => passes.max(1) * (pages + 1 + ahead),
        _ => 2 + ahead + pages + ahead,
    }
}

fn distinct(random: &mut Seeded, ids: usize) -> Vec<usize> {
    let mut rows: Vec<usize> = Vec::new();
    for _ in 0..random.choose(PAGE + 1) {
        let id = random.choose(ids);
        if !rows.contains(&id) {
            rows.push(id);
        }
    }
    rows
}

fn arbitrary(goal: Goal, window: u16, seed: u64) -> Ordeal {
    let mut random = Seeded::new(seed);
    let passes = u32::try_from(random.choose(9)).unwrap();
    let plan = plan(goal, window, 1 + u32::try_from(random.choose(12)).unwrap(), passes);
    let ids = 1 + random.choose(40);
    ordeal(&plan, seed, bound(&plan), |_| distinct(&mut random, ids))
}

#[test]
fn i24_arbitrary_answers_end_within_the_bound() {
    for goal in GOALS {
        for seed in 0..3000 {
            arbitrary(goal, 1 + u16::try_from(seed % 4).unwrap(), seed);
        }
    }
}

#[test]
fn i24_an_ever_longer_list_ends_within_the_bound() {
    for goal in GOALS {
        for passes in [2, 4, 8] {
            let plan = plan(goal, 2, 20, passes);
            let mut newest = 0;
            // Something is created before every response, faster than anybody can read.
            let ordeal = ordeal(&plan, 7, bound(&plan), |list| {
                newest += PAGE;
                let skip = list.page as usize * PAGE;
                let desc = list.sort_direction == Some(SortDirection::Desc);
                let row = |row: usize| if desc { newest - skip - row } else { skip + row };
                (0..PAGE).map(row).collect()
            });
            let error = ordeal.result.unwrap_err();
            assert!(
                matches!(error.kind(), ErrorKind::Paging(_) | ErrorKind::NotProven(_)),
                "{error}"
            );
        }
    }
}

#[test]
fn i10_nothing_is_called_complete_on_answers_that_contradict_each_other() {
    let mut claims = 0;
    for seed in 0..6000 {
        let ordeal = arbitrary(Goal::Complete, 1, seed);
        let Ok(report) = ordeal.result else { continue };
        claims += 1;
        assert_ne!(report.completeness, Completeness::NotProven);
        let mut after: BTreeMap<usize, BTreeSet<usize>> = BTreeMap::new();
        for (list, mut rows) in ordeal.taken {
            if list.sort_direction == Some(SortDirection::Desc) {
                rows.reverse();
            }
            for pair in rows.windows(2) {
                after.entry(pair[0]).or_default().insert(pair[1]);
            }
        }
        assert!(!cyclic(&after), "seed {seed}: {after:?}");
    }

    assert!(claims > 0, "no export has got that far");
}

fn cyclic(after: &BTreeMap<usize, BTreeSet<usize>>) -> bool {
    let mut left = after.clone();
    loop {
        let ends: Vec<usize> = left
            .iter()
            .filter(|(_, next)| next.iter().all(|next| !left.contains_key(next)))
            .map(|(rank, _)| *rank)
            .collect();
        if ends.is_empty() {
            return !left.is_empty();
        }
        left.retain(|rank, _| !ends.contains(rank));
    }
}

#[test]
fn a_server_that_ignores_the_order_is_known_from_three_answers() {
    let ordeal = ordeal(&plan(Goal::Complete, 1, 100, 8), 0, 3, |list| {
        let skip = list.page as usize * PAGE;
        (skip..skip + PAGE).collect()
    });
    let error = ordeal.result.unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::NotProven(NotProven::OrderContradicted));
}

#[test]
fn a_server_that_ignores_the_whole_query_is_known_from_three_answers() {
    // Of one segment nobody can tell an order: it takes one response more.
    for (rows, answers) in [(1, 4), (2, 3), (PAGE, 3)] {
        let answer = |_| (0..rows).collect();
        let ordeal = ordeal(&plan(Goal::Complete, 1, 100, 8), 0, answers, answer);
        let error = ordeal.result.unwrap_err();
        assert_eq!(error.kind().name(), "paging", "{error}");
    }
}

#[test]
fn two_segments_in_opposite_orders_end_it_with_the_pass() {
    // The last page ascending and the first descending disagree, long before the links close.
    let ordeal = ordeal(&plan(Goal::Complete, 1, 100, 8), 0, 5, |list| {
        let rows: &[usize] = match (list.sort_direction, list.page) {
            (Some(SortDirection::Desc), 0) => &[8, 7, 6],
            (_, 0) => &[0, 1, 2],
            (_, 1) => &[3, 4, 5],
            (_, 2) => &[6, 8, 7],
            _ => &[],
        };
        rows.to_vec()
    });
    let error = ordeal.result.unwrap_err();

    assert_eq!(*error.kind(), ErrorKind::NotProven(NotProven::OrderContradicted));
}

#[test]
fn i25_the_same_page_for_ever_ends_at_once() {
    for goal in GOALS {
        let same = ordeal(&plan(goal, 1, 1000, 8), 0, 5, |_| vec![0, 1, 2]);
        assert!(same.result.is_err() && same.answered <= 4, "{goal}: {same:?}");
        // The last page again and again for whatever lies behind it.
        let clamped = ordeal(&plan(goal, 1, 1000, 8), 0, 12, |list| {
            let page = list.page.min(4) as usize;
            let rows = page * PAGE..(page + 1) * PAGE;
            match list.sort_direction {
                Some(SortDirection::Desc) => rows.rev().map(|rank| 14 - rank).rev().collect(),
                _ => rows.collect(),
            }
        });
        assert!(clamped.result.is_err(), "{goal}: {clamped:?}");
    }
}

#[test]
fn i26_fresh_pages_for_ever_end_at_the_limit_of_pages() {
    for goal in GOALS {
        for window in 1..5 {
            let plan = plan(goal, window, 30, 8);
            let mut next = 0;
            let ordeal = ordeal(&plan, 3, 200, |_: ListRequest| {
                next += PAGE;
                (next..next + PAGE).collect()
            });
            let error = ordeal.result.unwrap_err();
            let limit = ErrorKind::Paging(PagingError::PageLimit { pages: 30 });
            assert_eq!(*error.kind(), limit, "{goal}");
            assert!(ordeal.answered <= 31 + u64::from(window), "{goal}: {}", ordeal.answered);
        }
    }
}

// The simulation asserts that an export with nothing in flight waits for a later time only, and
// that it says the same for ever once it is done; late responses are handed in after that.
#[test]
fn i27_i28_it_never_waits_for_nothing_and_once_done_is_done() {
    for goal in GOALS {
        for seed in 0..150 {
            let mut random = Seeded::new(seed);
            let window = 1 + u16::try_from(random.choose(5)).unwrap();
            let len = random.choose(12);
            let busy = Setup { window, failures: 3, events: 3, ..Setup::quiet(goal, 3, len) };
            simulate(busy, &mut random);
        }
    }
}

#[test]
fn i29_failures_alone_end_as_a_failure() {
    for goal in GOALS {
        for window in 1..4 {
            let setup =
                Setup { window, failures: usize::MAX, per_mille: 1000, ..Setup::quiet(goal, 3, 5) };
            let run = simulate(setup, &mut Seeded::new(u64::from(window)));
            let error = run.result.unwrap_err();
            assert!(matches!(error.kind(), ErrorKind::Transport(_)), "{error}");
            // Ten failures in a row exhaust the budget of an export, five that of a page.
            assert!(run.asked <= 10 + 2 * u64::from(window), "{goal}: {}", run.asked);
        }
    }
}
