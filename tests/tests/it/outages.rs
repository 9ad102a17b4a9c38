//! What `max_attempts` allows is made, however many requests are in flight: an outage counts once.

use std::collections::BTreeSet;
use std::time::Duration;

use segments_core::error::GaveUp;
use segments_core::{Goal, Plan};
use segments_emulator::{Workspace, sample};
use segments_tests::world::{KEY, Outage, Run, Way, run};

/// A list of 20 pages.
fn workspace() -> Workspace {
    Workspace::new().with_key(KEY).with_segments(sample(200, 1)).with_page_size(10)
}

const WINDOWS: [u16; 3] = [1, 4, 16];

fn through(outage: Outage, attempts: u32, window: u16, seed: u64, patient: bool) -> Run {
    let mut plan = Plan::new(Goal::Walk);
    (plan.window, plan.retry.max_attempts, plan.seed) = (window, attempts, seed);
    run(workspace(), plan, Way { seed, patient, outage: Some(outage), ..Way::default() })
}

/// From the start of the export on, so that every window meets it at the same moment.
fn outage(seconds: u64, status: Option<u16>) -> Outage {
    Outage { from: Duration::ZERO, until: Duration::from_secs(seconds), status }
}

/// Why and when it ended, on which page; or how long the outage lasted for it.
fn end(run: &Run) -> Result<Duration, (Option<GaveUp>, u32, Duration)> {
    match &run.result {
        Ok(report) => Ok(report.waited),
        Err(error) => Err((error.gave_up(), error.request().unwrap().page, run.ended_at)),
    }
}

#[test]
fn an_outage_ends_the_same_for_every_window() {
    let mut outlasted = BTreeSet::new();
    for seconds in [1, 2, 3, 5, 8, 10, 20, 30, 60, 90, 120, 180, 300] {
        for attempts in [5, 12] {
            for (seed, status) in (0..8).zip([None, Some(503), Some(429), Some(502)].iter().cycle())
            {
                let ends = [true, false].map(|patient| {
                    WINDOWS.map(|window| {
                        end(&through(outage(seconds, *status), attempts, window, seed, patient))
                    })
                });
                let ends = ends.concat();
                let name = format!("{seconds} s, {attempts} attempts, {status:?}, seed {seed}");
                assert!(ends.iter().all(|end| *end == ends[0]), "{name}: {ends:?}");
                match ends[0] {
                    Ok(_) => drop(outlasted.insert((seconds, attempts))),
                    Err(end) => assert_eq!(end.0, Some(GaveUp::Attempts), "{name}"),
                }
            }
        }
    }

    // Neither all nor none, or the table says nothing.
    assert!(outlasted.contains(&(3, 12)) && outlasted.contains(&(30, 12)), "{outlasted:?}");
    assert!(!outlasted.contains(&(60, 5)) && !outlasted.contains(&(300, 12)), "{outlasted:?}");
}

#[test]
fn an_outage_in_the_middle_is_outlasted_by_every_window() {
    for window in WINDOWS {
        for seed in 0..20 {
            let from = Duration::from_millis(120);
            let outage = Outage { from, until: from + Duration::from_secs(3), status: None };
            let mut plan = Plan::new(Goal::Complete);
            (plan.window, plan.retry.max_attempts, plan.seed) = (window, 12, seed);
            let way = Way { seed, latency: 20, outage: Some(outage), ..Way::default() };
            let run = run(workspace(), plan, way);
            let report = run.result.unwrap_or_else(|error| panic!("window {window}: {error}"));
            assert_eq!(run.list.len(), 200);
            // Those in flight when it began, and then one at a time.
            let most = u64::from(window) + 11;
            assert!(report.retries <= most, "window {window}: {} retries", report.retries);
        }
    }
}
