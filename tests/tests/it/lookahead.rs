//! What a window costs: requests behind the end of the list, and time.

use std::collections::BTreeSet;
use std::sync::LazyLock;
use std::time::Duration;

use segments_core::{Goal, Plan, Segment};
use segments_emulator::{Workspace, sample};
use segments_tests::world::{KEY, Way, run};

const GOALS: [Goal; 3] = [Goal::Walk, Goal::Complete, Goal::Snapshot];

/// Pages behind the end that were asked for, and the time in round trips.
fn cost(goal: Goal, pages: u32, full: bool, window: u16) -> (usize, u32) {
    static LONGEST: LazyLock<Vec<Segment>> = LazyLock::new(|| sample(30_000, 1));
    let count = (pages * 100 - u32::from(!full && pages > 0)) as usize;
    let workspace = Workspace::new().with_key(KEY).with_segments(LONGEST[..count].to_vec());
    let mut plan = Plan::new(goal);
    plan.window = window;
    let way = Way { latency: 25, steady: true, ..Way::default() };
    let run = run(workspace, plan, way);

    assert_eq!(run.list.len(), count, "{:?}", run.result);

    let waited = run.report.waited;
    let trips =
        run.ended_at.saturating_sub(waited).as_millis() / Duration::from_millis(50).as_millis();

    // The last page is asked for once more, alone, where the count needs it: not in vain.
    let behind = run.sent.iter().filter(|sent| sent.list.page >= pages);
    let behind: BTreeSet<String> = behind.map(|sent| sent.list.to_string()).collect();
    (behind.len(), u32::try_from(trips).unwrap())
}

#[test]
fn no_window_asks_much_behind_the_end() {
    for goal in GOALS {
        for pages in (0..=5).chain([9, 10, 31, 60]) {
            for full in [false, true] {
                let (needed, _) = cost(goal, pages, full, 1);
                for window in [2, 4, 5, 9, 64, 256] {
                    let (asked, _) = cost(goal, pages, full, window);
                    let in_vain = asked.saturating_sub(needed);
                    let most = pages.max(3) as usize;
                    let what = format!("{goal} of {pages} pages, full {full}, window {window}");
                    assert!(in_vain <= most, "{what}: {in_vain} requests in vain");
                }
            }
        }
    }
}

/// Round trips before the window opened with what comes, when all of it was in flight from the
/// start.
const BEFORE: [(Goal, u32, [u32; 6]); 12] = [
    // Of windows 4, 8 and 64, each for a list that ends with a short page, and with a full one.
    (Goal::Walk, 3, [1, 2, 1, 1, 1, 1]),
    (Goal::Walk, 10, [3, 3, 2, 2, 1, 1]),
    (Goal::Walk, 60, [16, 16, 8, 8, 1, 1]),
    (Goal::Walk, 300, [76, 76, 38, 38, 5, 5]),
    (Goal::Complete, 3, [3, 4, 3, 4, 3, 4]),
    (Goal::Complete, 10, [6, 8, 4, 6, 3, 4]),
    (Goal::Complete, 60, [31, 32, 17, 18, 3, 4]),
    (Goal::Complete, 300, [151, 152, 77, 78, 11, 12]),
    (Goal::Snapshot, 3, [4, 4, 4, 4, 4, 4]),
    (Goal::Snapshot, 10, [8, 8, 6, 6, 4, 4]),
    (Goal::Snapshot, 60, [32, 32, 18, 18, 4, 4]),
    (Goal::Snapshot, 300, [152, 152, 78, 78, 12, 12]),
];

#[test]
fn a_window_that_opens_costs_hardly_any_time() {
    for (goal, pages, before) in BEFORE {
        let columns = [4, 8, 64].into_iter().flat_map(|window| [(window, false), (window, true)]);
        for ((window, full), before) in columns.zip(before) {
            let (behind, trips) = cost(goal, pages, full, window);
            println!(
                "{goal:10} {pages:4} {window:3} {full:5} {before:4} {trips:4} {behind:3} behind"
            );
            let what = format!("{goal} of {pages} pages, full {full}, window {window}");
            // A wide window has to open, which takes a round trip or two; a list of a few hundred
            // pages makes up for them.
            let more = match (goal, window) {
                (Goal::Walk, 64) => 2,
                (Goal::Walk, 8) | (_, 64) => 1,
                _ => 0,
            };
            let more = more.max(before * 15 / 100);
            assert!(trips <= before + more, "{what}: {trips} round trips, {before} before");
        }
    }
}
