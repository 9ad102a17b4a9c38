//! An export that goes on in another process.

use std::time::Duration;

use segments_core::error::{NotProven, ResponseError};
use segments_core::export::ResumeError;
use segments_core::{
    Api, ApiKey, Batch, Checkpoint, Endpoint, ErrorKind, Export, Goal, ListRequest, Page, Plan,
    Segment, SortDirection, Step,
};
use serde_json::{Value, json};

const NOW: Duration = Duration::from_secs(5);

fn api(url: &str) -> Api {
    Api::new(Endpoint::new(url).unwrap(), ApiKey::new("CANARY-0123456789").unwrap())
}

const URL: &str = "https://rest.iad-01.braze.com";

fn page(ids: std::ops::Range<u32>) -> http::Response<Vec<u8>> {
    let segment = |id: u32| Segment::new(id.to_string(), "ä", false, ["x"]).unwrap();
    ids.map(segment).collect::<Page>().to_http()
}

/// A walk that has page 0 of three segments, not handed out yet.
fn begun() -> Export {
    let mut plan = Plan::new(Goal::Walk);
    plan.window = 2;
    let mut export = Export::new(api(URL), plan);
    let wanted = export.poll_fetches(NOW);
    export.handle_response(&wanted[0], NOW, &page(0..3));
    export
}

fn written(export: &Export) -> Value {
    serde_json::to_value(export.checkpoint(NOW)).unwrap()
}

fn resume(checkpoint: Value, change: impl FnOnce(&mut Plan)) -> Result<Export, ResumeError> {
    let mut plan = Plan::new(Goal::Walk);
    change(&mut plan);
    Export::resume(api(URL), plan, serde_json::from_value(checkpoint).unwrap())
}

#[test]
fn p12_nothing_is_lost_and_nothing_comes_twice() {
    let mut export = resume(written(&begun()), |_| ()).unwrap();
    let mut given = Vec::new();
    let mut answers = 0;
    let report = loop {
        match export.poll(Duration::ZERO).unwrap() {
            Step::Batch(Batch::Segments(batch)) => {
                given.extend(batch.iter().map(|one| one.id().to_owned()));
            }
            Step::Send(fetch) => {
                let (page, list) = (fetch.list().page, [3..5, 5..5]);
                assert!(page > 0, "page 0 is in the checkpoint");
                let rows = list.get(page as usize - 1).cloned().unwrap_or(5..5);
                export.handle_response(&fetch, Duration::ZERO, &self::page(rows));
                answers += 1;
            }
            Step::Done(report) => break report,
            step => panic!("{step:?}"),
        }
    };
    assert_eq!(given, ["0", "1", "2", "3", "4"]);
    assert_eq!((report.segments, report.requests), (5, answers + 1));
    assert_eq!(report.interval.unwrap().start, NOW);
}

#[test]
fn limits_may_change_and_nothing_else() {
    let checkpoint = written(&begun());
    assert!(resume(checkpoint.clone(), |plan| (plan.window, plan.seed) = (9, 7)).is_ok());
    let other = resume(checkpoint.clone(), |plan| plan.sort_direction = SortDirection::Desc);
    assert_eq!(other.unwrap_err(), ResumeError::SortDirection { found: SortDirection::Asc });
    let other = resume(checkpoint.clone(), |plan| plan.goal = Goal::Complete);
    assert_eq!(other.unwrap_err(), ResumeError::Goal { found: Goal::Walk });
    let read: Checkpoint = serde_json::from_value(checkpoint).unwrap();
    let elsewhere = api("https://rest.iad-02.braze.com");
    let other = Export::resume(elsewhere, Plan::new(Goal::Walk), read);
    assert_eq!(other.unwrap_err(), ResumeError::Endpoint);
}

#[test]
fn p13_a_damaged_or_foreign_one_is_refused() {
    let good = written(&begun());
    let with = |key: &str, value: Value| {
        let mut checkpoint = good.clone();
        checkpoint[key] = value;
        resume(checkpoint, |_| ()).unwrap_err()
    };
    let next = Checkpoint::VERSION + 1;
    assert_eq!(with("version", json!(next)), ResumeError::Version { found: next });
    assert_eq!(with("checksum", json!(1)), ResumeError::Damaged);
    let state = good["state"].as_str().unwrap();
    assert_eq!(with("state", json!(state.replace("\"0\"", "\"7\""))), ResumeError::Damaged);
    assert_eq!(with("state", json!(&state[1..])), ResumeError::Damaged);
    for error in [ResumeError::Damaged, ResumeError::Endpoint] {
        assert!(error.to_string().starts_with("the checkpoint is not usable: "));
    }
}

#[test]
fn the_limit_on_passes_is_that_of_the_new_plan() {
    let plan = |max_passes| {
        let mut plan = Plan::new(Goal::Snapshot);
        (plan.window, plan.max_passes) = (1, max_passes);
        plan
    };
    let answer = |export: &mut Export, fetch: &segments_core::Fetch| {
        let rows = match fetch.list().page {
            0 => 0..100,
            1 => 100..150,
            _ => 150..150,
        };
        let desc = fetch.list().sort_direction == Some(SortDirection::Desc);
        let ids = rows.map(|row| if desc { 149 - row } else { row });
        let segment = |id: u32| Segment::new(id.to_string(), "ä", false, ["x"]).unwrap();
        let response = ids.map(segment).collect::<Page>().to_http();
        export.handle_response(fetch, NOW, &response);
    };
    for (before, after) in [(8, 1), (1, 8)] {
        let mut export = Export::new(api(URL), plan(before));
        let fetch = export.poll_fetches(NOW).remove(0);
        answer(&mut export, &fetch);
        let read = serde_json::from_value(written(&export)).unwrap();
        let mut export = Export::resume(api(URL), plan(after), read).unwrap();
        let end = loop {
            match export.poll(NOW) {
                Ok(Step::Batch(_)) => {}
                Ok(Step::Send(fetch)) => answer(&mut export, &fetch),
                Ok(Step::Done(_)) => break None,
                Ok(step @ Step::Wait { .. }) => panic!("{step:?}"),
                Err(error) => break Some(error),
            }
        };
        let limited = NotProven::NotStabilised { passes: 1 };
        let expected = (after == 1).then_some(ErrorKind::NotProven(limited));
        assert_eq!(end.map(|error| error.kind().clone()), expected, "{before} {after}");
    }
}

// It has read all there is, so that from its checkpoint it would end at once, with nothing.
#[test]
fn an_export_of_what_is_no_list_of_segments_is_not_resumed() {
    for goal in [Goal::Walk, Goal::Complete, Goal::Snapshot] {
        let (mut export, mut now) = (Export::new(api(URL), Plan::new(goal)), NOW);
        let error = loop {
            match export.poll(now) {
                Ok(Step::Send(fetch)) => {
                    let response = http::Response::new(r#"{"message":"success"}"#);
                    export.handle_response(&fetch, now, &response);
                }
                Ok(Step::Wait { until }) => now = until,
                Ok(step) => panic!("{step:?}"),
                Err(error) => break error,
            }
        };
        let nothing = ErrorKind::Response(ResponseError::NoSegments { found: None });
        assert_eq!((error.kind(), error.is_resumable()), (&nothing, false));

        let refused = resume(written(&export), |plan| plan.goal = goal).unwrap_err();
        assert_eq!(refused, ResumeError::Failed);
    }
}

/// An export of page 2, newest first.
const PAGE: ListRequest = ListRequest { page: 2, sort_direction: Some(SortDirection::Desc) };

fn single() -> Export {
    Export::single(api(URL), Plan::default(), PAGE)
}

#[test]
fn one_page_goes_on_as_one_page() {
    let read = |export: &Export| serde_json::from_value(written(export)).unwrap();
    let mut plan = Plan::new(Goal::Complete);
    plan.sort_direction = SortDirection::Desc;
    for answered in [false, true] {
        let mut export = single();
        let fetch = export.poll_fetches(NOW).remove(0);
        if answered {
            export.handle_response(&fetch, NOW, &page(0..3));
        }
        let resumed = Export::resume_single(api(URL), plan.clone(), PAGE, read(&export));
        let mut export = resumed.unwrap();
        if !answered {
            let fetch = export.poll_fetches(NOW).remove(0);
            assert_eq!(fetch.list(), PAGE);
            export.handle_response(&fetch, NOW, &page(0..3));
        }
        let Ok(Step::Batch(Batch::Segments(batch))) = export.poll(NOW) else {
            panic!("{answered}")
        };
        assert_eq!(batch.len(), 3);
        let Ok(Step::Done(report)) = export.poll(NOW) else { panic!("{answered}") };
        assert_eq!((report.segments, report.pages), (3, 1));
    }
}

#[test]
fn one_page_is_no_list_and_a_list_is_no_page() {
    let mut export = single();
    let fetch = export.poll_fetches(NOW).remove(0);
    export.handle_response(&fetch, NOW, &page(0..3));
    // As a list it would be over, and would miss the rest.
    for goal in [Goal::Walk, Goal::Complete, Goal::Snapshot] {
        let refused = resume(written(&export), |plan| plan.goal = goal).unwrap_err();
        assert_eq!(refused, ResumeError::Single { found: PAGE });
        assert!(refused.to_string().contains("page 2 (desc)"), "{refused}");
    }

    let resume_single = |export: &Export, list| {
        let checkpoint = serde_json::from_value(written(export)).unwrap();
        Export::resume_single(api(URL), Plan::default(), list, checkpoint).unwrap_err()
    };
    let other = resume_single(&export, ListRequest::page(3));
    assert_eq!(other, ResumeError::Single { found: PAGE });
    assert_eq!(resume_single(&begun(), ListRequest::page(0)), ResumeError::NotSingle);
}

#[test]
fn no_key_is_in_it() {
    let text = written(&begun()).to_string();
    assert!(!text.contains("CANARY") && !text.contains("Bearer"));
    assert!(text.contains(URL));
}
