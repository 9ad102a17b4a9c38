//! A server that answers some pages with a success without segments: taken for empty pages, and
//! never for a proof that the list ends there.

use std::time::Duration;

use http::Response;
use segments_core::{
    Api, ApiKey, Completeness, Error, Export, Goal, Instance, ListRequest, Plan, Report,
    SortDirection, Step,
};

fn answer(list: ListRequest, len: u32, missing: bool) -> Response<String> {
    if missing {
        return Response::new(r#"{"message":"success"}"#.into());
    }
    let from = list.page * 100;
    let rows = (from..len.min(from + 100)).map(|row| {
        let desc = list.sort_direction == Some(SortDirection::Desc);
        let id = if desc { len - 1 - row } else { row };
        format!(r#"{{"id":"{id}","name":"","analytics_tracking_enabled":true}}"#)
    });
    let rows = rows.collect::<Vec<_>>().join(",");
    Response::new(format!(r#"{{"segments":[{rows}],"message":"success"}}"#))
}

fn export(
    goal: Goal,
    len: u32,
    missing: impl Fn(u64, ListRequest) -> bool,
) -> Result<Report, Error> {
    let api = Api::new(Instance::Us01.into(), ApiKey::new("key").unwrap());
    let mut plan = Plan::new(goal);
    plan.window = 1;
    let mut export = Export::new(api, plan);
    for request in 0.. {
        let now = Duration::from_secs(request);
        let fetch = loop {
            match export.next(now)? {
                Step::Send(fetch) => break fetch,
                Step::Done(report) => return Ok(report),
                _ => {}
            }
        };
        let list = fetch.list();
        export.receive(&fetch, now, &answer(list, len, missing(request, list)));
    }
    unreachable!("the plan is bounded")
}

#[test]
fn a_page_that_is_always_missing_is_never_the_end() {
    for goal in [Goal::Complete, Goal::Snapshot] {
        for len in [150_u32, 200, 250, 400] {
            for page in 1..len.div_ceil(100) {
                for behind in [false, true] {
                    let missing =
                        |_, list: ListRequest| list.page == page || behind && list.page > page;
                    if let Ok(report) = export(goal, len, missing) {
                        assert_eq!(report.segments, u64::from(len), "{goal} without page {page}");
                    }
                }
            }
        }
    }
}

#[test]
fn a_page_that_is_missing_once_costs_requests_and_nothing_else() {
    for goal in [Goal::Complete, Goal::Snapshot] {
        for len in [50, 150, 200, 250] {
            for once in 0..8 {
                let report = export(goal, len, |request, _| request == once).unwrap();
                assert_eq!(report.segments, u64::from(len), "{goal} of {len}, request {once}");
                assert_ne!(report.completeness, Completeness::NotProven);
            }
        }
    }
}
