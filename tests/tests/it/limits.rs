//! Every limit at one below what an export needs, at just that, and at one above: "at most n" is n.

use std::time::Duration;

use segments_core::error::{GaveUp, NotProven, PagingError, ResponseError};
use segments_core::{
    Api, ApiKey, Endpoint, ErrorKind, Export, Goal, ListRequest, Plan, SortDirection,
    TransportErrorKind,
};
use segments_emulator::{Emulator, Fault, Script, Server, Workspace, sample};
use segments_tests::world::{KEY, Run, Way, run};

const GOALS: [Goal; 3] = [Goal::Walk, Goal::Complete, Goal::Snapshot];
const WINDOWS: [u16; 3] = [1, 4, 16];
const NANO: Duration = Duration::from_nanos(1);

/// What an export needs, and whether an error is the one of a limit.
struct Need<N> {
    least: N,
    is_limit: fn(&segments_core::Error, N) -> bool,
}

/// A list of three pages, the last of them short or full.
fn workspace(full: bool) -> Workspace {
    let count = if full { 300 } else { 250 };
    Workspace::new().with_key(KEY).with_segments(sample(count, 1))
}

fn plan(goal: Goal, window: u16) -> Plan {
    let mut plan = Plan::new(goal);
    plan.window = window;
    plan
}

/// One below is refused by name, and what is needed is enough.
fn assert_at_most<N: Copy + std::fmt::Debug>(
    what: &str,
    need: &Need<N>,
    [below, above]: [N; 2],
    export: impl Fn(N) -> Run,
) {
    let error = export(below).result.expect_err(what);
    assert!((need.is_limit)(&error, below), "{what}, {below:?}: {error}");
    for limit in [need.least, above] {
        let Run { result, list, .. } = export(limit);
        let report = result.unwrap_or_else(|error| panic!("{what}, {limit:?}: {error}"));
        assert_eq!(list.len() as u64, report.segments, "{what}, {limit:?}");
    }
}

/// All goals, windows and lists.
fn everywhere(check: impl Fn(&str, Goal, u16, bool)) {
    for goal in GOALS {
        for window in WINDOWS {
            for full in [false, true] {
                check(&format!("{goal}, window {window}, full {full}"), goal, window, full);
            }
        }
    }
}

#[test]
fn max_pages() {
    everywhere(|what, goal, window, full| {
        let need = Need {
            least: 3_u32,
            is_limit: |error, limit| {
                *error.kind() == ErrorKind::Paging(PagingError::PageLimit { pages: limit })
            },
        };
        assert_at_most(what, &need, [2, 4], |limit| {
            let mut plan = plan(goal, window);
            plan.max_pages = limit;
            run(workspace(full), plan, Way { latency: 20, seed: 3, ..Way::default() })
        });
    });
}

#[test]
fn max_pages_hands_out_what_lies_before() {
    for window in WINDOWS {
        let mut plan = plan(Goal::Walk, window);
        plan.max_pages = 2;
        let run = run(workspace(false), plan, Way { latency: 20, seed: 3, ..Way::default() });
        assert_eq!(run.list.len(), 200, "window {window}");
        assert!(run.sent.iter().all(|sent| sent.list.page <= 3), "window {window}");
    }
}

#[test]
fn max_requests() {
    everywhere(|what, goal, window, full| {
        let export = |limit| {
            let mut plan = plan(goal, window);
            plan.max_requests = limit;
            let run = run(workspace(full), plan, Way { latency: 20, seed: 3, ..Way::default() });
            assert!(run.sent.len() as u64 <= limit, "{what}: {} sent", run.sent.len());
            run
        };
        let least = export(1000).report.requests;
        let is_limit = |error: &segments_core::Error, limit| {
            *error.kind() == ErrorKind::Paging(PagingError::RequestLimit { requests: limit })
        };
        if window == 1 {
            assert_at_most(what, &Need { least, is_limit }, [least - 1, least + 1], export);
        } else {
            // What was requested ahead counts too.
            let error = export(2).result.expect_err(what);
            assert!(is_limit(&error, 2), "{what}: {error}");
        }
    });
}

#[test]
fn max_passes() {
    for window in WINDOWS {
        for full in [false, true] {
            let export = |goal, limit| {
                let mut plan = plan(goal, window);
                plan.max_passes = limit;
                run(workspace(full), plan, Way { latency: 20, seed: 3, ..Way::default() })
            };
            let need = Need {
                least: 2,
                is_limit: |error, limit| {
                    *error.kind()
                        == ErrorKind::NotProven(NotProven::NotStabilised { passes: limit })
                },
            };
            let what = format!("window {window}, full {full}");
            assert_at_most(&what, &need, [1, 3], |limit| export(Goal::Snapshot, limit));
            // Both orders are two passes: fewer there cannot be.
            for limit in [0, 1, 2, 3] {
                let report = export(Goal::Complete, limit).result.unwrap();
                assert_eq!(report.passes, 2, "{what}, {limit}");
            }
        }
    }
}

#[test]
fn max_memory() {
    everywhere(|what, goal, window, full| {
        let export = |limit| {
            let mut plan = plan(goal, window);
            plan.max_memory = limit;
            run(workspace(full), plan, Way { latency: 20, seed: 3, ..Way::default() })
        };
        let (mut below, mut enough) = (0_usize, 40 << 20);
        while enough - below > 1 {
            let middle = usize::midpoint(below, enough);
            if export(middle).result.is_ok() { enough = middle } else { below = middle }
        }
        let need = Need {
            least: enough,
            is_limit: |error, limit| {
                *error.kind() == ErrorKind::Paging(PagingError::MemoryLimit { bytes: limit })
            },
        };
        assert_at_most(what, &need, [below, enough + 1], export);
    });
}

#[test]
fn max_body() {
    everywhere(|what, goal, window, full| {
        let page = workspace(full).page(ListRequest::page(0)).to_http();
        let longest = (0..3)
            .flat_map(|page| {
                let list = ListRequest::page(page);
                [list, list.sort(SortDirection::Desc)]
            })
            .map(|list| workspace(full).page(list).to_http().body().len())
            .max()
            .unwrap_or(page.body().len());
        let need = Need {
            least: longest,
            is_limit: |error, _| match error.kind() {
                ErrorKind::Response(ResponseError::Http(failure)) => {
                    failure.kind() == TransportErrorKind::BodyTooLarge
                }
                _ => false,
            },
        };
        assert_at_most(what, &need, [longest - 1, longest + 1], |limit| {
            let mut plan = plan(goal, window);
            plan.max_body = limit;
            run(workspace(full), plan, Way { latency: 20, seed: 3, ..Way::default() })
        });
    });
}

#[test]
fn max_attempts() {
    everywhere(|what, goal, window, full| {
        for fails in 1..7_u32 {
            let need = Need {
                least: fails + 1,
                is_limit: |error, limit| {
                    error.gave_up() == Some(GaveUp::Attempts) && error.attempts() == limit
                },
            };
            for fault in [Fault::status(502), Fault::rate_limited(NANO), Fault::close()] {
                let script = Script::new()
                    .then(fault.page(0).sort_direction(SortDirection::Asc).times(fails));
                assert_at_most(what, &need, [fails, fails + 2], |limit| {
                    let mut plan = plan(goal, window);
                    plan.retry.max_attempts = limit;
                    run(workspace(full).with_faults(script.clone()), plan, Way::default())
                });
            }
        }
    });
}

#[test]
fn max_wait() {
    everywhere(|what, goal, window, full| {
        let need = Need {
            least: Duration::from_secs(40),
            is_limit: |error, _| error.gave_up() == Some(GaveUp::Wait),
        };
        let limits = [need.least.saturating_sub(NANO), need.least + NANO];
        let script = Script::new().then(Fault::status(503).page(0).header("retry-after", "40"));
        assert_at_most(what, &need, limits, |limit| {
            let mut plan = plan(goal, window);
            plan.retry.max_wait = limit;
            run(workspace(full).with_faults(script.clone()), plan, Way::default())
        });
    });
}

#[test]
fn deadline() {
    everywhere(|what, goal, window, full| {
        let export = |limit| {
            let mut plan = plan(goal, window);
            plan.deadline = limit;
            run(workspace(full), plan, Way { latency: 20, seed: 7, ..Way::default() })
        };
        let need = Need {
            least: Some(export(None).ended_at),
            is_limit: |error, _| *error.kind() == ErrorKind::Deadline,
        };
        let least = need.least.unwrap();
        let limits = [least.saturating_sub(NANO), least + NANO].map(Some);
        assert_at_most(what, &need, limits, export);
    });
}

#[test]
fn timeout() {
    everywhere(|what, goal, window, full| {
        let slow = Duration::from_secs(7);
        let need = Need {
            least: slow,
            is_limit: |error, _| match error.kind() {
                ErrorKind::Transport(failure) => failure.kind() == TransportErrorKind::Timeout,
                _ => false,
            },
        };
        let script = Script::new().then(Fault::delay(slow).forever());
        assert_at_most(what, &need, [slow.saturating_sub(NANO), slow + NANO], |limit| {
            let mut plan = plan(goal, window);
            plan.timeout = limit;
            run(workspace(full).with_faults(script.clone()), plan, Way::default())
        });
    });
}

/// That no more are in flight than the window allows, the world asserts for every run.
#[test]
fn window() {
    for (window, most) in [(0, 1), (1, 1), (2, 2), (3, 3), (4, 4)] {
        let mut plan = plan(Goal::Walk, window);
        plan.retry.wait_for_quota = false;
        let run = run(workspace(false), plan, Way { latency: 20, ..Way::default() });
        let first = run.sent.iter().filter(|sent| sent.at == Duration::ZERO).count();
        assert_eq!(first, most, "window {window}");
    }
}

/// A head as it stands on the wire, its status line and its end included.
#[test]
fn max_head() {
    let body = r#"{"segments":[],"message":"success"}"#;
    let padding = "x".repeat(2000);
    let head =
        format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\nx-pad: {padding}\r\n\r\n", body.len());
    let script = Script::new().then(Fault::verbatim(format!("{head}{body}")).forever());
    let workspace = Workspace::new().with_key(KEY).with_faults(script);
    let server = Server::spawn(Emulator::new(workspace)).unwrap();

    for adapter in ["hyper", "blocking"] {
        for (limit, enough) in [(head.len() - 1, false), (head.len(), true), (head.len() + 1, true)]
        {
            let endpoint = Endpoint::new(&server.url()).unwrap();
            let mut plan = Plan::new(Goal::Walk);
            plan.max_head = limit;
            let api = Api::new(endpoint, ApiKey::new(KEY).unwrap());
            let export = Export::single(api, plan, ListRequest::page(0));
            let (result, ..) = match adapter {
                "hyper" => crate::faults::hyper::read(export),
                _ => crate::faults::blocking::read(export),
            };
            let kind = result.err().map(|error| match error.kind() {
                ErrorKind::Response(ResponseError::Http(failure)) => failure.kind(),
                reason => panic!("{adapter}, {limit}: {reason:?}"),
            });
            let expected = (!enough).then_some(TransportErrorKind::HeadTooLarge);
            assert_eq!(kind, expected, "{adapter}, {limit} of {}", head.len());
        }
    }
}
