//! What is written by serde is read again, and the key is in none of it.

use std::error::Error as _;
use std::fmt::Debug;
use std::time::Duration;

use proptest::prelude::*;
use segments_core::error::{JsonError, ResponseError, chain};
use segments_core::export::{Exchange, RetryPolicy};
use segments_core::request::InvalidEndpoint;
use segments_core::{
    Api, ApiKey, Endpoint, ErrorKind, Export, Goal, Instance, List, Page, Plan, Report, Segment,
    SortDirection, Step, TransportError, TransportErrorKind,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::json;

const KEY: &str = "CANARY-75480f9a-4db8-4057-8b7e-4d59bfd73709";

fn round_trip<T: Serialize + DeserializeOwned + PartialEq + Debug>(value: &T) {
    let text = serde_json::to_string(value).unwrap();
    assert_eq!(serde_json::from_str::<T>(&text).unwrap(), *value, "{text}");
    let tree = serde_json::to_value(value).unwrap();
    assert_eq!(serde_json::from_value::<T>(tree).unwrap(), *value, "{text}");
}

/// Up to ten days in nanoseconds, which a number of seconds holds exactly, and the longest.
fn duration() -> impl Strategy<Value = Duration> {
    prop_oneof![
        (0..10 * 86_400 * 1_000_000_000_u64).prop_map(Duration::from_nanos),
        Just(Duration::MAX),
    ]
}

fn goal() -> impl Strategy<Value = Goal> {
    prop::sample::select(vec![Goal::Walk, Goal::Complete, Goal::Snapshot])
}

fn retry() -> impl Strategy<Value = RetryPolicy> {
    (any::<u32>(), duration(), duration(), duration(), any::<bool>()).prop_map(
        |(attempts, wait, backoff, longest, quota)| {
            RetryPolicy::default()
                .with_max_attempts(attempts)
                .with_max_wait(wait)
                .with_backoff(backoff)
                .with_max_backoff(longest)
                .with_wait_for_quota(quota)
        },
    )
}

fn plan() -> impl Strategy<Value = Plan> {
    let times = (duration(), proptest::option::of(duration()));
    let sizes = any::<(usize, usize, usize, usize)>();
    let counts = any::<(u16, u32, u32, u64, u64)>();
    let order = prop::sample::select(vec![SortDirection::Asc, SortDirection::Desc]);

    (goal(), order, any::<bool>(), times, sizes, counts, retry()).prop_map(
        |(goal, order, keeps_list, (timeout, deadline), sizes, counts, retry)| {
            let (max_head, max_body, max_memory, page_size) = sizes;
            let (window, max_passes, max_pages, max_requests, seed) = counts;
            let plan = Plan::new(goal)
                .with_sort_direction(order)
                .with_window(window)
                .with_timeout(timeout)
                .with_max_head(max_head)
                .with_max_body(max_body)
                .with_max_memory(max_memory)
                .with_keeps_list(keeps_list)
                .with_max_passes(max_passes)
                .with_page_size(page_size)
                .with_max_pages(max_pages)
                .with_max_requests(max_requests)
                .with_retry(retry)
                .with_seed(seed);
            match deadline {
                Some(deadline) => plan.with_deadline(deadline),
                None => plan,
            }
        },
    )
}

fn segment() -> impl Strategy<Value = Segment> {
    let tags = prop::collection::vec(any::<String>(), 0..3);
    ("[^\u{0}]{1,9}", any::<String>(), any::<bool>(), tags)
        .prop_map(|(id, name, tracking, tags)| Segment::new(id, name, tracking, tags).unwrap())
}

proptest! {
    #[test]
    fn a_plan(plan in plan()) {
        round_trip(&plan);
    }

    #[test]
    fn a_page(rows in prop::collection::vec(segment(), 0..5)) {
        let page: Page = rows.into_iter().collect();
        round_trip(&page);
        let body = page.to_http().into_body();
        prop_assert_eq!(serde_json::from_slice::<Page>(&body).unwrap(), page);
    }

    #[test]
    fn a_report(goal in goal(), lengths in prop::collection::vec(0_u32..6, 1..12)) {
        let (report, exchanges) = read(goal, &lengths);
        let text = serde_json::to_string(&report).unwrap();
        let again: Report = serde_json::from_str(&text).unwrap();
        prop_assert_eq!(serde_json::to_string(&again).unwrap(), text);
        prop_assert_eq!(again.to_string(), report.to_string());
        let shows_key = json!(exchanges).to_string().contains("CANARY");
        prop_assert!(!shows_key);
    }
}

/// Reads lists of these lengths, one after the other, as if they were one that changes. The server
/// sends the key back in each error.
fn read(goal: Goal, lengths: &[u32]) -> (Report, Vec<Exchange>) {
    let api = Api::new(Instance::Us01.into(), ApiKey::new(KEY).unwrap());
    let mut export = Export::new(api, Plan::new(goal).with_page_size(2).with_max_requests(40));
    let (mut now, mut exchanges) = (Duration::ZERO, Vec::new());

    loop {
        match export.poll(now) {
            Ok(Step::Send(fetch)) => {
                let turn = exchanges.len();
                now += Duration::from_millis(100);
                let echo = || http::Response::builder().status(503).body(echo()).unwrap();
                let response = match turn % 5 {
                    3 => echo(),
                    _ => page(lengths[turn % lengths.len()], fetch.list()),
                };
                exchanges.push(export.handle_response(&fetch, now, &response));
            }
            Ok(Step::Wait { until }) => now = until,
            Ok(Step::Batch(_)) => {}
            Ok(Step::Done(report)) => return (report, exchanges),
            Err(_) => return (export.report(), exchanges),
        }
    }
}

fn echo() -> Vec<u8> {
    json!({ "message": format!("Invalid API key: {KEY}") }).to_string().into_bytes()
}

fn page(length: u32, list: segments_core::ListRequest) -> http::Response<Vec<u8>> {
    let row = |row: u32| Segment::new(format!("s{row}"), "", true, [""; 0]).unwrap();
    let mut rows: Vec<_> = (0..length).map(row).collect();
    if list.sort_direction == Some(SortDirection::Desc) {
        rows.reverse();
    }
    rows.into_iter().skip(2 * list.page as usize).take(2).collect::<Page>().to_http()
}

#[test]
fn a_plan_of_a_configuration_says_only_what_differs() {
    let text = r#"{"goal": "snapshot", "timeout": 2.5, "retry": {"max_attempts": 2}}"#;
    let retry = RetryPolicy::default().with_max_attempts(2);
    let expected =
        Plan::new(Goal::Snapshot).with_timeout(Duration::from_millis(2_500)).with_retry(retry);
    assert_eq!(serde_json::from_str::<Plan>(text).unwrap(), expected);
    assert_eq!(serde_json::from_str::<Plan>("{}").unwrap(), Plan::default());

    for wrong in [
        r#"{"windw": 8}"#,
        r#"{"timeout": -1}"#,
        r#"{"deadline": 1e30}"#,
        r#"{"window": 70000}"#,
        r#"{"retry": {"attempts": 2}}"#,
    ] {
        assert!(serde_json::from_str::<Plan>(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn endpoints_and_instances() {
    for instance in Instance::ALL {
        round_trip(instance);
        round_trip(&Endpoint::from(*instance));
        assert_eq!(json!(instance), json!(instance.name()));
    }
    for url in ["http://127.0.0.1:8080", "https://gateway.example/braze", "https://[::1]:1"] {
        round_trip(&url.parse::<Endpoint>().unwrap());
    }
    assert_eq!(
        serde_json::from_str::<Instance>(r#""rest.fra-01.braze.eu""#).unwrap(),
        Instance::Eu01
    );

    // What was allowed by name is not allowed by a file.
    let insecure = Endpoint::insecure("http://gateway.example").unwrap();
    assert!(serde_json::from_value::<Endpoint>(json!(insecure)).is_err());
    assert_eq!("http://gateway.example".parse::<Endpoint>(), Err(InvalidEndpoint::PlainHttp));

    assert!(KEY.parse::<ApiKey>().unwrap().matches(KEY.as_bytes()));
    assert!("with a space".parse::<ApiKey>().is_err());
}

#[test]
fn a_page_is_read_as_strictly_as_a_response() {
    for refused in [
        r#"{"message":"success"}"#,
        r#"{"segments":[]}"#,
        r#"{"segments":[],"message":"failure"}"#,
        r#"{"segments":[{"id":""}],"message":"success"}"#,
        r#"{"segments":[],"segments":[],"message":"success"}"#,
    ] {
        assert!(serde_json::from_str::<Page>(refused).is_err(), "{refused}");
    }
}

#[test]
#[should_panic(expected = "does not hold the list's order")]
fn a_report_that_was_read_finishes_no_list() {
    let (report, _) = read(Goal::Complete, &[5]);
    let again: Report = serde_json::from_value(json!(report)).unwrap();
    List::default().finish(&again);
}

#[test]
fn an_exchange_has_the_numbers_of_a_metric() {
    let (_, exchanges) = read(Goal::Walk, &[5]);
    let fields = |exchange: &Exchange| {
        let exchange = json!(exchange);
        let keys = exchange.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
        (keys.join(" "), exchange)
    };

    let (keys, first) = fields(&exchanges[0]);
    assert_eq!(keys, "attempt bytes outcome page pause rows sort_direction status took");
    assert_eq!(first["bytes"], json!(exchanges[0].bytes()));
    assert_eq!((&first["outcome"], &first["rows"]), (&json!("page"), &json!(2)));

    let (keys, failed) = fields(&exchanges[3]);
    assert_eq!(keys, "after attempt bytes error outcome page pause sort_direction status took");
    assert_eq!((&failed["outcome"], &failed["status"]), (&json!("retry"), &json!(503)));
    assert_eq!(failed["error"]["server_message"], json!("Invalid API key: ***"));
    assert_eq!(failed["pause"], failed["after"]);

    for exchange in &exchanges {
        assert_eq!(json!(exchange)["outcome"], json!(exchange.outcome().name()));
        assert_eq!(exchange.outcome().error().is_some(), exchange.status() == Some(503));
    }
}

#[test]
fn names_are_those_that_serde_writes() {
    use TransportErrorKind as Kind;
    for kind in [
        Kind::Dns,
        Kind::Connect,
        Kind::Tls,
        Kind::Proxy,
        Kind::ProxyRefused,
        Kind::ProxyUnavailable,
        Kind::Timeout,
        Kind::Closed,
        Kind::StaleConnection,
        Kind::BodyTooLarge,
        Kind::HeadTooLarge,
        Kind::InvalidHttp,
        Kind::Redirect,
        Kind::Http2Only,
        Kind::NoFileDescriptor,
        Kind::Other,
    ] {
        assert_eq!(json!(kind), json!(kind.name()));
    }

    let mut export = Export::new(
        Api::new(Instance::Us01.into(), ApiKey::new(KEY).unwrap()),
        Plan::new(Goal::Walk),
    );
    let Ok(Step::Send(fetch)) = export.poll(Duration::ZERO) else { panic!("no page yet") };
    let rows = (0..101).map(|id| Segment::new(id.to_string(), "", true, [""; 0]).unwrap());
    let long = rows.collect::<Page>().to_http();
    export.handle_response(&fetch, Duration::ZERO, &long);
    let [anomaly] = export.anomalies() else { panic!("{:?}", export.anomalies()) };
    assert_eq!((anomaly.name(), &json!(anomaly)["kind"]), ("long_page", &json!("long_page")));
    assert_eq!(export.report().anomalies, export.anomalies());
}

#[test]
fn the_source_of_an_error_is_what_it_holds() {
    let api = Api::new(Instance::Us01.into(), ApiKey::new(KEY).unwrap());
    let error =
        api.read(&http::Response::new(r#"{"segments":7,"message":"success"}"#)).unwrap_err();
    let ErrorKind::Response(ResponseError::Json(json)) = error.kind() else { panic!("{error}") };
    let held = chain(&error).last().unwrap().downcast_ref::<JsonError>();
    assert_eq!(held, Some(json));
    assert_eq!(chain(&error).count(), 3);

    let cut = api.read(&http::Response::new(r#"{"segments":[],"#)).unwrap_err();
    let source = cut.source().unwrap().downcast_ref::<TransportError>().unwrap();
    assert_eq!(source.kind(), TransportErrorKind::Closed);

    let refused = http::Response::builder().status(401).body(echo()).unwrap();
    let refused = api.read(&refused).unwrap_err();
    assert!(refused.source().is_none());
}
