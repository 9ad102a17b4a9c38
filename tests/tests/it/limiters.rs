//! A limiter that does not say how much it allows: a default export outlasts it.

use std::time::Duration;

use segments_core::{Goal, Plan};
use segments_emulator::{Fault, Script, Workspace, sample};
use segments_tests::world::{KEY, Run, Way, run};

fn limited(count: usize, rate: (u32, u32, u16), goal: Goal, window: u16, seed: u64) -> Run {
    let (per_second, burst, code) = rate;
    let script = Script::new().then(Fault::leaky_bucket(per_second, burst, code));
    let workspace = Workspace::new().with_key(KEY).with_segments(sample(count, 1));
    let mut plan = Plan::new(goal);
    (plan.window, plan.seed) = (window, seed);
    let way = Way { seed, latency: 10, ..Way::default() };
    run(workspace.with_faults(script), plan, way)
}

#[test]
fn a_default_export_gets_through_every_limiter() {
    for per_second in [2, 5, 10] {
        for code in [429, 503] {
            for burst in [0, 5] {
                for count in [250, 1037] {
                    for (seed, window) in (0..10).zip([4, 4, 4, 1, 16].into_iter().cycle()) {
                        let rate = (per_second, burst, code);
                        let Run { result, list, ended_at, .. } =
                            limited(count, rate, Goal::Complete, window, seed);
                        let what = format!("{rate:?}, {count} segments, window {window}, {seed}");
                        let report = result.unwrap_or_else(|error| panic!("{what}: {error}"));
                        assert_eq!(list.len(), count, "{what}");
                        // Not hammered: most requests are those that it takes anyway.
                        let needed = report.pages;
                        assert!(
                            report.retries <= u64::from(window) + 6 + needed / 2,
                            "{what}: {report}"
                        );
                        // And not left alone for long.
                        let least = Duration::from_secs(needed / u64::from(per_second));
                        assert!(
                            ended_at < 4 * least + Duration::from_secs(30),
                            "{what}: {report} {ended_at:?}"
                        );
                    }
                }
            }
        }
    }
}

#[test]
fn a_long_walk_finds_the_pace_and_keeps_it() {
    for (code, per_second) in [(429, 10), (503, 10), (503, 2)] {
        let Run { result, ended_at, .. } = limited(30_000, (per_second, 0, code), Goal::Walk, 4, 1);
        let report = result.unwrap();
        let least = Duration::from_secs(report.pages / u64::from(per_second));
        let slower = ended_at.as_secs_f64() / least.as_secs_f64();
        assert!(report.retries < report.pages / 6, "{report}");
        assert!(slower < 3.0, "{slower} times the time that it takes");
    }
}
