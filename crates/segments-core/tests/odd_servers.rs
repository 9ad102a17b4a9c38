//! Servers that are not as documented: their lists are read whole, or refused, and never cut short
//! without a word.

use std::time::Duration;

use http::Response;
use segments_core::report::Completeness;
use segments_core::{
    Api, ApiKey, Error, Export, Goal, Instance, ListRequest, Plan, Report, SortDirection, Step,
};

#[derive(Clone, Copy)]
struct Server {
    len: u32,
    page_size: u32,
    /// Turns each page round, instead of the list.
    sorts_pages: bool,
}

const DOCUMENTED: Server = Server { len: 0, page_size: 100, sorts_pages: false };

impl Server {
    fn answer(self, list: ListRequest) -> Response<String> {
        let end = self.len.min((list.page + 1) * self.page_size);
        let mut rows: Vec<u32> = (list.page * self.page_size..end).collect();
        if list.sort_direction == Some(SortDirection::Desc) {
            if self.sorts_pages {
                rows.reverse();
            } else {
                rows = rows.into_iter().map(|row| self.len - 1 - row).collect();
            }
        }
        let row = |id| format!(r#"{{"id":"{id}","name":"","analytics_tracking_enabled":true}}"#);
        let rows = rows.into_iter().map(row).collect::<Vec<_>>().join(",");
        Response::new(format!(r#"{{"segments":[{rows}],"message":"success"}}"#))
    }
}

/// Runs an export; the requests for which `missing` holds get a success without segments.
fn export(
    goal: Goal,
    server: Server,
    missing: impl Fn(u64, ListRequest) -> bool,
) -> Result<Report, Error> {
    let api = Api::new(Instance::Us01.into(), ApiKey::new("key").unwrap());
    let mut plan = Plan::new(goal);
    plan.window = 1;
    let mut export = Export::new(api, plan);
    for request in 0.. {
        let now = Duration::from_secs(request);
        let fetch = loop {
            match export.poll(now)? {
                Step::Send(fetch) => break fetch,
                Step::Done(report) => return Ok(report),
                _ => {}
            }
        };
        let response = if missing(request, fetch.list()) {
            Response::new(r#"{"message":"success"}"#.into())
        } else {
            server.answer(fetch.list())
        };
        export.handle_response(&fetch, now, &response);
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
                    if let Ok(report) = export(goal, Server { len, ..DOCUMENTED }, missing) {
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
                let server = Server { len, ..DOCUMENTED };
                let report = export(goal, server, |request, _| request == once).unwrap();
                assert_eq!(report.segments, u64::from(len), "{goal} of {len}, request {once}");
                assert_ne!(report.completeness, Completeness::NotProven);
            }
        }
    }
}

#[test]
fn pages_of_another_length_are_read_whole() {
    for goal in [Goal::Walk, Goal::Complete, Goal::Snapshot] {
        for page_size in [1, 7, 50, 99, 101, 250] {
            for len in [0, 1, 7, 30, 50, 99, 100, 101, 200, 230, 250] {
                let server = Server { len, page_size, sorts_pages: false };
                let report = export(goal, server, |_, _| false).unwrap();
                assert_eq!(report.segments, u64::from(len), "{goal} in pages of {page_size}");
            }
        }
    }
}

#[test]
fn a_server_that_sorts_its_pages_and_not_its_list_cuts_nothing_short() {
    for goal in [Goal::Complete, Goal::Snapshot] {
        for len in [99, 100, 101, 150, 200, 250] {
            let server = Server { len, sorts_pages: true, ..DOCUMENTED };
            if let Ok(report) = export(goal, server, |_, _| false) {
                assert_eq!(report.segments, u64::from(len), "{goal} of {len}");
            }
        }
    }
}
