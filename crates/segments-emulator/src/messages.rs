//! Every text of this crate that a user can see, as `docs/messages.txt` has it.
//!
//! Enums are chains: from one variant to the next, in a `match` without a wildcard, so that a new
//! variant does not compile before it has its place here.

use std::fmt::Write as _;
use std::iter::successors;
use std::net::SocketAddr;
use std::time::Duration;

use http::{Method, Request, Response};
use segments_core::ApiKey;

use crate::admin::refusal::Refusal;
use crate::faults::fault::Fault;
use crate::faults::script::Script;
use crate::json_error::JsonError;
use crate::segments::parse::parse_segments;
use crate::server::address::require_loopback;
use crate::server::health;
use crate::service::connection_error::ConnectionError;
use crate::workspace::Workspace;
use crate::workspace::error::EditError;
use crate::workspace::key::Key;

#[path = "../../../tests/messages.rs"]
mod file;

fn next_refusal(refusal: &Refusal) -> Option<Refusal> {
    use Refusal as R;

    Some(match refusal {
        R::NotLoopback => R::OtherOrigin,
        R::OtherOrigin => R::NotJson,
        R::NotJson => R::NoSuchRoute,
        R::NoSuchRoute => R::Method("GET"),
        R::Method("GET") => R::Method("GET, PUT"),
        R::Method(_) => R::BodyTooLarge,
        R::BodyTooLarge => R::BodyUnreadable,
        R::BodyUnreadable => R::BodyTimeout,
        R::BodyTimeout => R::Json(JsonError::new(&json_error("{}"), Some("[0].kind"))),
        R::Json(_) => R::Edit(EditError::AlreadyExists),
        R::Edit(EditError::AlreadyExists) => R::Edit(EditError::NotFound),
        R::Edit(EditError::NotFound) => R::Edit(EditError::Invalid),
        R::Edit(EditError::Invalid) => return None,
    })
}

fn json_error(text: &str) -> serde_json::Error {
    serde_json::from_str::<Vec<u8>>(text).unwrap_err()
}

fn add(out: &mut String, response: &Response<Vec<u8>>) {
    let body = String::from_utf8_lossy(response.body());
    writeln!(out, "{} {}", response.status().as_u16(), body.trim_end()).unwrap();
}

#[test]
fn messages_of_the_endpoint() {
    let mut out = String::new();
    let not_listing = Key::new(ApiKey::new("not-listing").unwrap(), ["users.track"]);
    let mut workspace = Workspace::new().with_key("k");
    workspace.add_key(not_listing);
    let mut ask = |workspace: &mut Workspace, method: Method, target: &str, key: &str| {
        let authorization = format!("Bearer {key}");
        let request = Request::builder().method(method).uri(target);
        let request = request.header("authorization", authorization).body(()).unwrap();
        add(&mut out, &workspace.answer(&request, Duration::ZERO));
    };

    for (method, target, key) in [
        (Method::GET, "/segments", "k"),
        (Method::GET, "/segments/list/", "k"),
        (Method::POST, "/segments/list", "k"),
        (Method::GET, "/segments/list", "unknown"),
        (Method::GET, "/segments/list", "not-listing"),
        (Method::GET, "/segments/list?page=-1", "k"),
        (Method::GET, "/segments/list?page=4294967296", "k"),
        (Method::GET, "/segments/list?sort_direction=newest", "k"),
        (Method::GET, "/segments/list", "k"),
    ] {
        ask(&mut workspace, method, target, key);
    }
    for fault in [Fault::status(502), Fault::status(599), Fault::html()] {
        workspace.set_faults(Script::new().then(fault));
        ask(&mut workspace, Method::GET, "/segments/list", "k");
    }
    workspace.set_rate_limit(0);
    ask(&mut workspace, Method::GET, "/segments/list", "k");
    add(&mut out, &health::answer(&Method::GET));

    file::check_section("segments-emulator: the endpoint", &out);
}

#[test]
fn messages_of_the_admin_routes() {
    let mut out = String::new();
    for refusal in successors(Some(Refusal::NotLoopback), next_refusal) {
        add(&mut out, &refusal.into_response());
    }
    file::check_section("segments-emulator: admin routes", &out);
}

#[test]
fn messages_of_scripts_and_lists() {
    let mut out = String::new();

    for script in [
        "",
        "{}",
        "[{\"page\": -1}]",
        "[{\"pages\": 1}]",
        "[{\"kind\": \"explode\"}]",
        "[{\"page\": 3}]",
        "[{\"kind\": \"close\"}, {\"kind\": {\"status\": {\"code\": \"x\"}}}]",
        "[{\"kind\": {\"status\": {\"code\": 99}}}]",
        "[{\"kind\": {\"status\": {\"code\": 204, \"message\": \"x\"}}}]",
        "[{\"kind\": {\"rate_limited\": {\"reset_in\": 3153600001}}}]",
        "[{\"kind\": {\"redirect\": \"a\\nb\"}}]",
        "[{\"kind\": {\"drip_ms\": 86400001}}]",
        "[{\"headers\": {\"a b\": \"c\"}}]",
        "[{\"headers\": {\"a\": \"\\n\"}}]",
    ] {
        writeln!(out, "{}", script.parse::<Script>().unwrap_err()).unwrap();
    }

    let segment = r#"{"id":"a","name":"A","analytics_tracking_enabled":true,"tags":[]}"#;

    for list in [
        "5",
        "{\"segments\": [5]}",
        "[\n  {\"id\": 5}\n]",
        "{\"id\": \"\"}",
        &segment.replace("[]", "[7]"),
        &segment.replace("\"name\":\"A\",", ""),
        &format!("{segment}\n{segment}"),
        &format!("{segment}\n{{\"id\":"),
    ] {
        writeln!(out, "{}", parse_segments(list).unwrap_err()).unwrap();
    }

    file::check_section("segments-emulator: scripts and lists", &out);
}

#[test]
fn messages_of_connections() {
    let mut out = String::new();
    let next = |error: &ConnectionError| match error {
        ConnectionError::Closed => Some(ConnectionError::NotHttp(b"HTTP/0.9 what?".to_vec())),
        ConnectionError::NotHttp(_) => None,
    };

    for error in successors(Some(ConnectionError::Closed), next) {
        writeln!(out, "{error}").unwrap();
    }

    let address: SocketAddr = "192.0.2.1:80".parse().unwrap();
    writeln!(out, "{}", require_loopback(address).unwrap_err()).unwrap();
    file::check_section("segments-emulator: connections", &out);
}
