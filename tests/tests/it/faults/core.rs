//! The bare core, in virtual time.

use std::time::Duration;

use segments_core::error::GaveUp;
use segments_core::{
    Api, ApiKey, Endpoint, Error, ErrorKind, Goal, Page, Plan, TransportErrorKind,
};
use segments_emulator::{Fault, Script, Workspace, sample};
use segments_tests::cases::of;
use segments_tests::fixtures;
use segments_tests::world::{KEY, Run, Way, assert_replayed_alike, run_with};

use super::ended;

segments_tests::rows!(everywhere, run);

fn run(row: &str) {
    for case in of(row).filter(|case| !case.wire) {
        for window in [1, 4] {
            let mut plan = case.limits.plan();
            plan.window = window;
            let way = Way { seed: window.into(), latency: 5, records: true, ..Way::default() };
            let run = run_with(case.workspace(), plan.clone(), case.key, way);
            assert_replayed_alike(&run, plan);
            let report = run.report;
            let mut ended = ended(run.result.map(drop), run.list, &report);
            ended.took = run.ended_at;
            case.judge("core", &ended);
        }
    }
}

/// A walk over 250 segments of which page 2 is not to be had for so many tries.
fn gone(tries: u32, attempts: u32) -> Run {
    let script = Script::new().then(Fault::close().page(2).times(tries));
    let workspace = Workspace::new().with_key(KEY).with_segments(sample(250, 1));
    let mut plan = Plan::new(Goal::Walk);
    plan.window = 1;
    plan.retry.max_attempts = attempts;
    run_with(workspace.with_faults(script), plan, KEY, Way::default())
}

#[test]
fn t16_half_a_minute_is_outlasted_by_who_allows_it() {
    let run = gone(10, 12);
    assert_eq!((run.result.unwrap().retries, run.list.len()), (10, 250));
    assert!(run.ended_at >= Duration::from_secs(30), "{:?}", run.ended_at);
    let before = run.sent.iter().filter(|sent| sent.list.page < 2);
    assert_eq!(before.count(), 2, "what came is not asked for again");
}

#[test]
fn t16_five_tries_do_not_outlast_it() {
    let run = gone(10, 5);
    let error = run.result.unwrap_err();
    assert_eq!((error.gave_up(), error.attempts()), (Some(GaveUp::Attempts), 5));
    assert_eq!(run.list.len(), 200);
}

fn read(body: &[u8]) -> Result<Page, Error> {
    let endpoint = Endpoint::new("https://rest.iad-01.braze.com").unwrap();
    let response = fixtures::listed().map(|_| body.to_vec());
    Api::new(endpoint, ApiKey::new(KEY).unwrap()).read(&response)
}

#[test]
fn j2_a_recorded_page_cut_at_every_byte() {
    let whole = fixtures::listed().into_body();
    assert_eq!(read(&whole).unwrap().len(), fixtures::IDS.len());
    // Without a byte it is an empty body, and not cut.
    for end in 1..whole.len() {
        let error = read(&whole[..end]).unwrap_err();
        let ErrorKind::Transport(failure) = error.kind() else { panic!("{end}: {error}") };
        assert_eq!(failure.kind(), TransportErrorKind::Closed, "{end}");
    }
}

#[test]
fn p11_a_long_list() {
    const LONG: usize = 20_000;
    let workspace = Workspace::new().with_key(KEY).with_segments(sample(LONG, 1));
    let truth: Vec<_> = workspace.segments().cloned().collect();
    let mut plan = Plan::new(Goal::Walk);
    plan.window = 4;
    let run = run_with(workspace.clone(), plan.clone(), KEY, Way::default());

    assert_eq!(run.result.unwrap().pages, 202);
    assert!(run.list == truth);

    plan.max_memory = 1 << 19;
    let run = run_with(workspace, plan, KEY, Way::default());

    assert_eq!(run.result.unwrap_err().kind().name(), "paging");
    assert!(truth.starts_with(&run.list) && !run.list.is_empty());
}
