//! `segments-core` is a right client: of every response it makes what is expected, and of every
//! history nothing that is not so.

use std::time::Duration;

use proptest::prelude::*;
use segments_core::report::Completeness;
use segments_core::{
    Api, ApiKey, ErrorKind, Export, Goal, Instance, List, Plan, Report, SortDirection, Step,
    TransportErrorKind,
};
use segments_proptest::history::{Edit, History, KEY, Server};
use segments_proptest::judge::{Claim, judge};
use segments_proptest::response::{self, Expected};
use segments_proptest::{chunks, history};

fn api() -> Api {
    Api::new(Instance::Us01.into(), ApiKey::new(KEY).unwrap())
}

/// The kind of an error, and how long it says to wait.
fn error_is_as_expected(
    error: &segments_core::Error,
    expected: &Expected,
) -> Result<(), TestCaseError> {
    match (expected, error.kind()) {
        (Expected::Retry { after }, ErrorKind::RateLimited | ErrorKind::Server) => {
            let Some(after) = after else { return Ok(()) };
            let wait = error.wait();
            prop_assert!(wait.is_some_and(|wait| wait >= *after), "{wait:?} for {after:?}");
            prop_assert!(wait.is_some_and(|wait| wait <= *after + Duration::from_secs(1)));
        }
        (Expected::Retry { after: None }, ErrorKind::Transport(failure)) => {
            prop_assert_eq!(failure.kind(), TransportErrorKind::Closed);
        }
        (Expected::Refused, ErrorKind::Refused)
        | (Expected::Error | Expected::PageOrError(_), ErrorKind::Response(_)) => {}
        (_, kind) => prop_assert!(false, "{kind:?}"),
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(1024) })]

    #[test]
    fn every_response_is_what_it_should_be(case in response::any(), cuts in chunks::cuts()) {
        let read = api().read(&case.response);
        if let Err(error) = &read {
            error_is_as_expected(error, &case.expected)?;
        }
        case.check(read.map(|page| page.segments().collect()))?;

        let chunks = cuts.of(case.response.body());
        prop_assert_eq!(&chunks.concat(), case.response.body());
    }

    #[test]
    fn every_history_is_told_as_it_was(
        history in history::faulty(),
        goal in prop_oneof![Just(Goal::Complete), Just(Goal::Snapshot), Just(Goal::Walk)],
        direction in prop_oneof![Just(SortDirection::Asc), Just(SortDirection::Desc)],
    ) {
        let mut plan = Plan::new(goal);
        plan.sort_direction = direction;
        plan.page_size = history.page_size() as usize;
        let mut server = history.server();

        let (list, report) = export(plan, &mut server);
        let claim = match &report {
            // Where the answers are not those of the list, nothing that rests on them is judged.
            Some(report) if !history.faults().faults().any(deceives) => claim(report, &history),
            _ => None,
        };
        let claim = claim.map_or(Claim::Nothing, |claim| claim(direction));
        judge(&server, list, claim).ok()?;
    }
}

/// What a report says of the list. That nobody archived and restored is the assumption of counts
/// and of equal passes.
fn claim(report: &Report, history: &History) -> Option<fn(SortDirection) -> Claim> {
    let edits = history.edits().iter();
    let undone = edits.filter(|(_, edit)| !matches!(edit, Edit::Create(_))).count() > 1;

    match (report.completeness, report.snapshot) {
        (_, Some(_)) if !undone => Some(Claim::Snapshot),
        (Completeness::Complete, _) => Some(Claim::Complete),
        (Completeness::CompleteByCount, _) if !undone => Some(Claim::Complete),
        _ => None,
    }
}

/// Whether its answers look like pages of this list, and are not.
fn deceives(fault: &segments_emulator::Fault) -> bool {
    use segments_emulator::FaultKind as Kind;
    matches!(
        fault.kind,
        Kind::Body(_) | Kind::MissingSegments | Kind::IgnorePage | Kind::IgnoreSortDirection
    )
}

/// The ids that an export finds, and its report unless it fails.
fn export(plan: Plan, server: &mut Server) -> (Vec<String>, Option<Report>) {
    let mut export = Export::new(api(), plan);
    let mut list = List::default();
    let start = server.now();
    let since = |server: &Server| server.now().saturating_sub(start);
    let ids = |segments: Vec<segments_core::Segment>| {
        segments.iter().map(|segment| segment.id().to_owned()).collect::<Vec<_>>()
    };
    loop {
        let now = since(server);
        match export.poll(now) {
            Ok(Step::Send(fetch)) => match server.answer(&fetch.request()) {
                Ok(response) => {
                    drop(export.handle_response(&fetch, since(server), &response));
                }
                Err(error) => drop(export.handle_failure(&fetch, since(server), error)),
            },
            Ok(Step::Wait { until }) => server.sleep(until.saturating_sub(now)),
            Ok(Step::Batch(batch)) => list.apply(batch),
            Ok(Step::Done(report)) => return (ids(list.finish(&report)), Some(report)),
            Err(_) => return (ids(list.segments().collect()), None),
        }
    }
}
