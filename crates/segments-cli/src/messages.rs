//! How exports end in words, with the flags of this program, as `docs/messages.txt` has it.
//!
//! Each error comes out of an export that meets what causes it.

use std::fmt::Write as _;
use std::io;
use std::path::Path;
use std::time::Duration;

use clap::CommandFactory;
use http::{Response, StatusCode};
use segments_core::{
    Api, ApiKey, Endpoint, Error, Export, Goal, ListRequest, Page, Plan, Segment, SortDirection,
    Step, TransportError, TransportErrorKind,
};

use crate::args::Cli;
use crate::config::{invalid_proxy, missing, refuse_key_in_argument};
use crate::error::{Again, CommandError, Exit, Signal};

#[path = "../../../tests/messages.rs"]
pub(crate) mod file;

type Answer = Result<Response<Vec<u8>>, TransportError>;

fn endpoint() -> Endpoint {
    Endpoint::new("https://rest.iad-01.braze.com").unwrap()
}

/// The error of an export that gets these answers, every second one of its requests later.
fn fails(plan: Plan, answer: impl Fn(ListRequest, u32) -> Answer) -> Error {
    let api = Api::new(endpoint(), ApiKey::new("a-rest-api-key").unwrap());
    let mut export = Export::new(api, plan);
    let mut now = Duration::ZERO;
    for number in 0..1000 {
        let fetch = loop {
            match export.poll(now) {
                Ok(Step::Send(fetch)) => break fetch,
                Ok(Step::Wait { until }) => now = until,
                Ok(Step::Batch(_)) => {}
                Ok(Step::Done(report)) => panic!("no error: {report}"),
                Err(error) => return error,
            }
        };
        now += Duration::from_secs(1);
        match answer(fetch.list(), number) {
            Ok(response) => export.handle_response(&fetch, now, &response),
            Err(failure) => export.handle_failure(&fetch, now, failure),
        };
    }
    panic!("no end")
}

fn plan(goal: Goal) -> Plan {
    let mut plan = Plan::new(goal);
    plan.window = 1;
    plan.retry.max_attempts = 2;
    plan
}

fn page(ids: impl Iterator<Item = u32>) -> Response<Vec<u8>> {
    let segment = |id: u32| Segment::new(id.to_string(), "", true, [""; 0]).unwrap();
    ids.map(segment).collect::<Page>().to_http()
}

/// A page of a list that grows without end.
fn endless(list: ListRequest) -> Response<Vec<u8>> {
    page(list.page * 100..(list.page + 1) * 100)
}

fn response(status: u16, headers: &[(&'static str, &str)], body: &str) -> Response<Vec<u8>> {
    let mut response = Response::new(body.as_bytes().to_vec());
    *response.status_mut() = StatusCode::from_u16(status).unwrap();
    for (name, value) in headers {
        response.headers_mut().insert(*name, value.parse().unwrap());
    }
    response
}

fn add(out: &mut String, problem: &CommandError) {
    let (what, advice) = problem.sentences();
    writeln!(out, "{what} (exit code {})", problem.exit() as u8).unwrap();
    if !advice.is_empty() {
        writeln!(out, "    {advice}").unwrap();
    }
}

fn add_export(out: &mut String, error: Error) {
    add(out, &CommandError::export(error, endpoint()));
}

#[test]
fn messages_of_the_transport() {
    let mut out = String::new();
    for kind in [
        TransportErrorKind::Dns,
        TransportErrorKind::Connect,
        TransportErrorKind::Tls,
        TransportErrorKind::Proxy,
        TransportErrorKind::ProxyRefused,
        TransportErrorKind::ProxyUnavailable,
        TransportErrorKind::Timeout,
        TransportErrorKind::Closed,
        TransportErrorKind::StaleConnection,
        TransportErrorKind::BodyTooLarge,
        TransportErrorKind::HeadTooLarge,
        TransportErrorKind::InvalidHttp,
        TransportErrorKind::Http2Only,
        TransportErrorKind::NoFileDescriptor,
        TransportErrorKind::Other,
    ] {
        let error = fails(plan(Goal::Complete), |_, _| Err(TransportError::new(kind, "")));
        add_export(&mut out, error);
    }
    file::check_section("segments: no response", &out);
}

#[test]
fn messages_of_answers() {
    const HTML: &str = "<html>";
    const ID: (&str, &str) = ("x-request-id", "6e73e372");
    let mut out = String::new();
    let half = r#"{"segments":[{"id":"a","name":"VIP \ud83d"}],"message":"success"}"#;
    for (status, headers, body) in [
        (200, &[ID][..], half),
        (200, &[], HTML),
        (200, &[], r#"{"message":"success"}"#),
        (200, &[], r#"{"catalogs":[],"message":"success"}"#),
        (200, &[("age", "37")], r#"{"segments":[],"message":"success"}"#),
        (200, &[ID], r#"{"segments":[],"message":"success"}"#),
        (302, &[("location", "https://login.example/")], ""),
        (400, &[ID], r#"{"message":"Bad Request"}"#),
        (401, &[ID], r#"{"message":"Invalid API key: a-rest-api-key"}"#),
        (403, &[ID], r#"{"message":"Forbidden"}"#),
        (403, &[("cf-ray", "8f2e-FRA")], HTML),
        (404, &[], HTML),
        (429, &[ID, ("retry-after", "1800")], ""),
        (429, &[ID], ""),
        (429, &[], HTML),
        (500, &[ID], ""),
        (502, &[], HTML),
        (503, &[], HTML),
    ] {
        let answer = |_, _| Ok(response(status, headers, body));
        add_export(&mut out, fails(plan(Goal::Complete), answer));
    }
    let behind = |list: ListRequest, _| {
        Ok(if list.page == 0 { endless(list) } else { response(404, &[], "") })
    };
    add_export(&mut out, fails(plan(Goal::Walk), behind));
    file::check_section("segments: responses", &out);
}

#[test]
fn messages_of_lists() {
    let mut out = String::new();
    let same = |_, _| Ok(endless(ListRequest::page(0)));
    add_export(&mut out, fails(plan(Goal::Walk), same));
    let rows_behind = |list: ListRequest, _| {
        Ok(if list.page == 1 || list.page == 2 { page(0..0) } else { endless(list) })
    };
    add_export(&mut out, fails(plan(Goal::Complete), rows_behind));
    let hidden = |list: ListRequest, _| {
        let first = list.page * 100;
        let rows = [100, 99, 100, 52].get(list.page as usize).unwrap_or(&0);
        Ok(page(first..first + rows))
    };
    add_export(&mut out, fails(plan(Goal::Snapshot), hidden));
    let twice = |_, _| Ok(page([1, 2, 1].into_iter()));
    add_export(&mut out, fails(plan(Goal::Walk), twice));
    let unordered = |list: ListRequest, _| {
        let first = list.page * 100;
        Ok(if list.page < 3 { page(first..first + 100) } else { page(0..0) })
    };
    add_export(&mut out, fails(plan(Goal::Complete), unordered));
    let moving = |list: ListRequest, number: u32| {
        let first = number * 1000;
        let desc = list.sort_direction == Some(SortDirection::Desc);
        let rows = first..first + [100, 100, 50].get(list.page as usize).unwrap_or(&0);
        Ok(if desc { page(rows.rev()) } else { page(rows) })
    };
    add_export(&mut out, fails(plan(Goal::Snapshot), moving));

    let limited = |limit: fn(&mut Plan)| {
        let mut plan = plan(Goal::Walk);
        limit(&mut plan);
        fails(plan, |list, _| Ok(endless(list)))
    };
    add_export(&mut out, limited(|plan| plan.max_pages = 1));
    add_export(&mut out, limited(|plan| plan.max_requests = 2));
    add_export(&mut out, limited(|plan| plan.max_memory = 1));
    add_export(&mut out, limited(|plan| plan.deadline = Some(Duration::from_secs(3))));
    file::check_section("segments: lists and limits", &out);
}

#[test]
fn messages_of_the_program() {
    let mut out = String::new();
    let full = io::Error::from(io::ErrorKind::StorageFull);
    let not_found = io::Error::from(io::ErrorKind::NotFound);
    for problem in [
        missing(true, true),
        missing(true, false),
        missing(false, true),
        invalid_proxy(),
        refuse_key_in_argument(true).unwrap_err(),
        CommandError::unreadable(
            "--ca-file",
            Path::new("ca.pem"),
            &not_found,
            "It must be a PEM file",
        ),
        CommandError::write_failed("list.csv", &full),
        CommandError::overwrite_failed("list.csv", &full),
        CommandError::stream_failed("standard output", &full),
        CommandError::stdout_closed(),
        CommandError::TooFew { found: 1, least: 2 },
        CommandError::TooFew { found: 2, least: 3 },
        CommandError::Cut { most: 1 },
        CommandError::Cut { most: 10 },
        CommandError::NotConformant { wrong: 1, cases: 2 },
        CommandError::TooManyRemoved { removed: 12, listed: 40, most: "10%".to_owned() },
        CommandError::Incomplete {
            missing: 1,
            total: 200,
            exit: Exit::Refused,
            again: Again::Missing { summary: "lists/summary.json".into() },
        },
        CommandError::ChecksFailed { failed: 1, total: 3, exit: Exit::Refused },
        CommandError::Incomplete { missing: 2, total: 3, exit: Exit::Server, again: Again::All },
        CommandError::Incomplete {
            missing: 2,
            total: 3,
            exit: Exit::Server,
            again: Again::Changes,
        },
        CommandError::ReaderGone,
        CommandError::Changed,
        CommandError::Stopped(Signal::HangUp),
        CommandError::Stopped(Signal::Interrupt),
        CommandError::Stopped(Signal::Terminate),
        CommandError::OpenTimedOut,
    ] {
        add(&mut out, &problem);
    }
    file::check_section("segments: the program itself", &out);
}

#[test]
fn messages_of_the_help() {
    let mut cli = Cli::command().term_width(80);
    cli.build();
    let mut out = String::new();
    let names = [
        "",
        "export",
        "get",
        "check",
        "diff",
        "sync",
        "watch",
        "tap",
        "airbyte",
        "serve",
        "config",
        "conformance",
        "schema",
        "version",
        "completions",
        "man",
    ];
    for name in names {
        let command = match name {
            "" => &mut cli,
            name => cli.find_subcommand_mut(name).unwrap(),
        };
        writeln!(out, "$ segments {name} --help\n{}", command.render_help()).unwrap();
    }
    file::check_section("segments: help", &out.replace("segments  --help", "segments --help"));
}
