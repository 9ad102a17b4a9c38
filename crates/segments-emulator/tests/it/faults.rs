//! Scripts: what they answer, for whom, and how often.

use std::io::Read;
use std::time::Duration;

use http::{Request, Response};
use proptest::prelude::*;
use segments_core::{Api, ApiKey, Endpoint, ListRequest, SortDirection};
use segments_emulator::{Delivery, DeliveryMode, Fault, FaultKind, Script};

use crate::{KEY, NOW, get, request, text, workspace};

fn answer(fault: Fault) -> Response<Vec<u8>> {
    let mut workspace = workspace(3).with_faults(Script::new().then(fault));
    get(&mut workspace, "/segments/list?page=0&sort_direction=desc")
}

/// Status and body of the response that a fault makes.
fn body(fault: Fault) -> (u16, String) {
    let response = answer(fault);
    (response.status().as_u16(), text(&response).to_owned())
}

fn ok(body: &str) -> (u16, String) {
    (200, body.to_owned())
}

#[test]
fn each_kind_answers_as_it_says() {
    assert_eq!(body(Fault::status(503)), (503, r#"{"message":"Service Unavailable"}"#.into()));

    let kind = FaultKind::Status { code: 400, message: Some("Bad \"x\"".into()) };
    assert_eq!(body(kind.into()), (400, r#"{"message":"Bad \"x\""}"#.into()));
    assert_eq!(body(Fault::missing_segments()), ok(r#"{"message":"success"}"#));
    assert_eq!(body(Fault::null_segments()), ok(r#"{"segments":null,"message":"success"}"#));
    assert_eq!(body(Fault::body("[]")), ok("[]"));
    assert_eq!(body(Fault::empty_body()), ok(""));

    let (_, page) = body(Fault::delay(Duration::ZERO));
    let end = |end: &str| page.replace("\"message\":\"success\"", end);
    assert_eq!(body(Fault::message("queued")), ok(&end("\"message\":\"queued\"")));

    let errors = "\"errors\":[\"a\",\"b\"],\"message\":\"success\"";
    assert_eq!(body(Fault::errors(["a", "b"])), ok(&end(errors)));
    assert_ne!(body(Fault::ignore_sort_direction()).1, page);
    assert_eq!(
        answer(Fault::redirect("http://127.0.0.1:1/")).headers()["location"],
        "http://127.0.0.1:1/"
    );
    assert_eq!(answer(Fault::html()).headers()["content-type"], "text/html; charset=UTF-8");
}

#[test]
fn a_scripted_429_says_when_it_ends() {
    let response = answer(Fault::rate_limited(Duration::from_secs(2)));
    assert_eq!(response.status(), 429);
    assert_eq!(response.headers()["x-ratelimit-remaining"], "0");
    assert_eq!(response.headers()["x-ratelimit-reset"], (NOW.as_secs() + 2).to_string());
    assert!(!response.headers().contains_key("retry-after"));

    let kind = FaultKind::RateLimited { reset_in: 2, retry_after: Some(7), bare: true };
    let response = answer(kind.into());
    assert_eq!(response.headers()["retry-after"], "7");
    assert!(!response.headers().contains_key("x-ratelimit-reset"));
}

#[test]
fn a_leaky_bucket_refuses_what_comes_faster_and_says_nothing_of_braze() {
    let script = Script::new().then(Fault::leaky_bucket(2, 1, 503)).then(Fault::status(500));
    let mut workspace = segments_emulator::Workspace::new()
        .with_key("k")
        .with_segments(segments_emulator::sample(3, 1))
        .with_faults(script);
    let api = Api::new(Endpoint::new("http://127.0.0.1").unwrap(), ApiKey::new("k").unwrap());
    let mut status = |millis| {
        let request = api.request(ListRequest::default());
        workspace.answer(&request, NOW + Duration::from_millis(millis))
    };
    // A request that the bucket admits goes on to the next fault.
    assert_eq!(status(0).status(), 500);
    assert_eq!(status(0).status(), 200);

    let refused = status(0);
    assert_eq!(refused.status(), 503);

    for name in ["retry-after", "x-request-id", "x-ratelimit-reset", "x-ratelimit-remaining"] {
        assert!(!refused.headers().contains_key(name), "{name}");
    }

    assert_eq!(refused.headers()["server"], "nginx");
    assert!(text(&refused).contains("<center>nginx</center>"));
    assert_eq!((status(499).status().as_u16(), status(500).status().as_u16()), (503, 200));
}

#[test]
fn compressed_and_twice_framed_pages_say_so() {
    let response = answer(Fault::gzip());
    assert_eq!(response.headers()["content-encoding"], "gzip");
    assert!(response.body().starts_with(&[0x1f, 0x8b, 8]));
    let response = answer(Fault::both_framings());
    assert_eq!(response.headers()["content-length"], response.body().len().to_string());
    assert_eq!(response.headers()["transfer-encoding"], "chunked");
}

/// Values that cannot be served, with a part of the error.
const NOT_SERVABLE: [(&str, &str); 10] = [
    (r#"{"kind":{"status":{"code":99}}}"#, "100 to 999"),
    (r#"{"kind":{"status":{"code":0}}}"#, "100 to 999"),
    (r#"{"kind":{"status":{"code":1000}}}"#, "100 to 999"),
    (r#"{"kind":{"status":{"code":65535}}}"#, "100 to 999"),
    (r#"{"kind":{"status":{"code":204,"message":"x"}}}"#, "no body"),
    (r#"{"kind":{"status":{"code":304,"message":"x"}}}"#, "no body"),
    (r#"{"kind":{"redirect":"http://a\nb/"}}"#, "header"),
    (r#"{"kind":{"rate_limited":{"reset_in":18446744073709551615}}}"#, "reset_in"),
    (r#"{"delay_ms":18446744073709551615}"#, "24 hours"),
    (r#"{"kind":{"drip_ms":18446744073709551615}}"#, "24 hours"),
];

#[test]
fn e8_what_cannot_be_served_is_refused_when_the_script_is_read() {
    for (rule, part) in NOT_SERVABLE {
        let error = format!("[\n{rule}]").parse::<Script>().unwrap_err().to_string();
        assert!(error.contains(part) && error.contains("line 2"), "{rule}: {error}");
        let error = serde_json::from_str::<Script>(&format!("[{rule}]")).unwrap_err().to_string();
        assert!(error.contains(part), "{rule}: {error}");
    }

    for rule in [
        r#"{"kind":{"status":{"code":100}}}"#,
        r#"{"kind":{"status":{"code":999,"message":"x"}}}"#,
        r#"{"kind":{"status":{"code":204}}}"#,
        r#"{"kind":{"rate_limited":{"reset_in":3600,"retry_after":18446744073709551615}}}"#,
        r#"{"delay_ms":86400000,"kind":{"drip_head_ms":86400000}}"#,
    ] {
        assert!(format!("[{rule}]").parse::<Script>().is_ok(), "{rule}");
    }
}

/// The body, decompressed if the response says that it is compressed.
fn decoded(response: &Response<Vec<u8>>) -> Vec<u8> {
    let coding = response.headers().get("content-encoding");
    if coding.is_none_or(|coding| coding != "gzip") {
        return response.body().clone();
    }
    let mut body = Vec::new();
    flate2::read::GzDecoder::new(&response.body()[..]).read_to_end(&mut body).unwrap();
    body
}

#[test]
fn who_asks_for_gzip_gets_the_same_answers_compressed() {
    let ask = |fault: Option<Fault>, target: &str, key: &str, encoding: &str| {
        let script = fault.into_iter().collect::<Script>();
        let mut workspace = workspace(150).with_faults(script);
        let request = Request::get(target)
            .header("authorization", format!("Bearer {key}"))
            .header("accept-encoding", encoding);
        workspace.answer(&request.body(()).unwrap(), NOW)
    };
    let list = "/segments/list?page=1";

    for (fault, target, key) in [
        (None, list, KEY),
        (None, "/segments/list?page=9", KEY),
        (None, "/segments/list?page=x", KEY),
        (None, "/nowhere", KEY),
        (None, list, "non-existent"),
        (Some(Fault::status(503)), list, KEY),
        (Some(Fault::rate_limited(Duration::from_secs(9))), list, KEY),
        (Some(Fault::html()), list, KEY),
        (Some(Fault::errors(["one"])), list, KEY),
        (Some(Fault::ignore_page()), list, KEY),
        (Some(Fault::delay(Duration::ZERO).header("x-new", "1")), list, KEY),
    ] {
        // As the recordings asked, and as nobody did.
        let asked = ask(fault.clone(), target, key, "gzip;q=1.0,deflate;q=0.6,identity;q=0.3");
        let plain = ask(fault, target, key, "identity");
        assert_eq!(asked.headers()["content-encoding"], "gzip", "{target}");
        assert!(!plain.headers().contains_key("content-encoding"), "{target}");
        assert_eq!(decoded(&asked), *plain.body(), "{target}");
        for response in [&asked, &plain] {
            assert_eq!(response.headers()["vary"], "Origin,Accept-Encoding");
        }
        // The tag is that of the body before it was compressed.
        assert_eq!(asked.headers().get("etag"), plain.headers().get("etag"));
        assert_eq!(asked.status(), plain.status());
    }

    let page = ask(None, "/segments/list", KEY, "gzip");
    assert!(page.body().len() * 4 < decoded(&page).len(), "{}", page.body().len());
}

#[test]
fn bytes_that_a_script_names_are_never_compressed() {
    for fault in [
        Fault::body("[]"),
        Fault::empty_body(),
        Fault::redirect("/"),
        Fault::both_framings(),
        Fault::endless(),
        Fault::delay(Duration::ZERO).header("content-length", "9"),
        Fault::delay(Duration::ZERO).header("content-encoding", "br"),
    ] {
        let answer = |encoding: &str| {
            let mut workspace = workspace(3).with_faults(Script::new().then(fault.clone()));
            let mut request = request("/segments/list");
            request.headers_mut().insert("accept-encoding", encoding.parse().unwrap());
            workspace.answer(&request, NOW)
        };
        assert_eq!(answer("gzip").body(), answer("identity").body(), "{fault:?}");
        assert_eq!(answer("gzip").headers(), answer("identity").headers(), "{fault:?}");
    }

    // One layer, also of what is compressed unasked; and a cut is within what is sent.
    for fault in [Fault::gzip(), Fault::cut(100_000), Fault::stall(100_000)] {
        let mut workspace = workspace(100).with_faults(Script::new().then(fault.clone()));
        let mut request = request("/segments/list");
        request.headers_mut().insert("accept-encoding", "gzip".parse().unwrap());
        let response = workspace.answer(&request, NOW);
        assert!(decoded(&response).ends_with(br#""message":"success"}"#), "{fault:?}");
        if let DeliveryMode::Cut { after } | DeliveryMode::Stall { after } =
            Delivery::of(&response).mode
        {
            assert_eq!(after, response.body().len() - 1, "{fault:?}");
        }
    }
}

#[test]
fn headers_of_a_fault_replace_those_of_the_answer() {
    let fault = Fault::delay(Duration::ZERO)
        .header("x-ratelimit-remaining", "many")
        .header("strict-transport-security", "one")
        .header("x-new", b"\xff")
        .header("x-new", "2");
    let response = answer(fault);
    let all = |name| {
        response.headers().get_all(name).iter().map(http::HeaderValue::as_bytes).collect::<Vec<_>>()
    };

    assert_eq!(all("x-ratelimit-remaining"), [b"many"]);
    assert_eq!(all("strict-transport-security"), [b"one"]);
    assert_eq!(all("x-new"), [b"\xff".as_slice(), b"2"]);
    assert_eq!(all("x-ratelimit-limit"), [b"250000"]);
}

#[test]
fn delivery_is_a_value_beside_the_whole_answer() {
    let whole = answer(Fault::delay(Duration::ZERO));
    assert_eq!(Delivery::of(&whole), Delivery::default());

    let every = Duration::from_millis(5);

    for (fault, mode) in [
        (Fault::cut(10), DeliveryMode::Cut { after: 10 }),
        (Fault::cut(usize::MAX), DeliveryMode::Cut { after: whole.body().len() - 1 }),
        (Fault::stall(0), DeliveryMode::Stall { after: 0 }),
        (Fault::drip(every), DeliveryMode::Drip { every }),
        (Fault::drip_head(every), DeliveryMode::DripHead { every }),
        (Fault::endless(), DeliveryMode::Endless),
        (Fault::close(), DeliveryMode::Close),
        (Fault::reset(10), DeliveryMode::Reset { after: 10 }),
        (Fault::verbatim("?"), DeliveryMode::Verbatim(b"?".to_vec())),
    ] {
        let response = answer(fault.delayed(every));
        let delivery = Delivery::of(&response);
        assert_eq!((delivery.delay, delivery.mode), (every, mode));
        assert_eq!(response.body(), whole.body());
    }
}

#[test]
fn e10_the_example_of_the_contract_happens_exactly_so() {
    let script = Script::new()
        .then(Fault::status(503).page(3).times(2))
        .then(Fault::rate_limited(Duration::from_secs(2)).page(3))
        .then(Fault::cut(120).page(3));
    let mut workspace = workspace(350).with_faults(script);
    let mut pages = |pages: &[u32]| {
        let ask = |page: &u32| {
            get(&mut workspace, &format!("/segments/list?page={page}")).status().as_u16()
        };
        pages.iter().map(ask).collect::<Vec<_>>()
    };
    assert_eq!(pages(&[0, 3, 1, 3, 2, 3, 3, 3]), [200, 503, 200, 503, 200, 429, 200, 200]);
    let rules: Vec<_> = workspace.log().entries().map(|entry| entry.fault).collect();
    assert_eq!(rules, [None, Some(0), None, Some(0), None, Some(1), Some(2), None]);
    assert!(workspace.script().is_exhausted());
    assert_eq!(workspace.script().fired().collect::<Vec<_>>(), [2, 1, 1]);

    let same = workspace.script().clone();
    workspace.set_faults(same);
    assert!(!workspace.script().is_exhausted());
    assert_eq!(get(&mut workspace, "/segments/list?page=3").status(), 503);
}

#[test]
fn a_script_waits_its_turn_and_may_go_on_for_ever() {
    let script = Script::new()
        .then(Fault::ignore_page().page(1).after(1).forever())
        .then(Fault::close().page(1));
    let mut workspace = workspace(3).with_page_size(1).with_faults(script);
    let mut first = || {
        let response = get(&mut workspace, "/segments/list?page=1");
        let id = text(&response).find("id-").unwrap();
        text(&response)[id..id + 4].to_owned()
    };

    assert_eq!([first(), first(), first()], ["id-1", "id-0", "id-0"]);
    assert!(!workspace.script().is_exhausted(), "the last fault never fires");
}

#[test]
fn only_requests_that_would_get_a_page_meet_the_script() {
    let script = Script::new().then(Fault::status(500));
    let mut workspace = workspace(1).with_rate_limit(2).with_faults(script);
    assert_eq!(
        workspace.answer(&http::Request::get("/segments/list").body(()).unwrap(), NOW).status(),
        401
    );
    assert_eq!(get(&mut workspace, "/nowhere").status(), 404);
    assert_eq!(get(&mut workspace, "/segments/list?page=x").status(), 400);
    assert_eq!(get(&mut workspace, "/segments/list").status(), 500);
    assert_eq!(get(&mut workspace, "/segments/list").status(), 429);
}

#[test]
fn the_core_reads_each_fault_as_what_it_is() {
    let api = Api::new(Endpoint::new("http://127.0.0.1").unwrap(), ApiKey::new(KEY).unwrap());
    let read = |fault| api.read(&answer(fault));
    assert_eq!(read(Fault::delay(Duration::ZERO)).unwrap().len(), 3);
    assert!(read(Fault::missing_segments()).unwrap().segments_missing());
    assert!(read(Fault::errors(["a"])).unwrap().has_minor_errors());

    for fault in [
        Fault::status(500),
        Fault::html(),
        Fault::message("failure"),
        Fault::null_segments(),
        Fault::empty_body(),
        Fault::redirect("/"),
        Fault::gzip(),
        Fault::both_framings(),
    ] {
        assert!(read(fault.clone()).is_err(), "{fault:?}");
    }
}

#[test]
fn e8_a_bad_script_is_refused_with_its_place() {
    for (script, place) in [
        ("[\n{\"page\":-1}]", "line 2"),
        ("[{\"kind\":\"explode\"}]", "line 1"),
        ("[{\"colour\":1}]", "line 1"),
        ("[{\"kind\":{\"status\":{\"code\":1,\"x\":2}}}]", "line 1"),
        ("[{\"headers\":{\"a b\":\"c\"}}]", "line 1"),
        ("{}", "line 1"),
    ] {
        let error = script.parse::<Script>().unwrap_err().to_string();
        assert!(error.contains(place), "{error}");
    }
}

fn seconds() -> impl Strategy<Value = u64> {
    prop_oneof![4 => 0..=3_153_600_000_u64, 1 => any::<u64>()]
}

fn millis() -> impl Strategy<Value = u64> {
    prop_oneof![9 => 0..=86_400_000_u64, 1 => any::<u64>()]
}

/// Whether every value of a fault can be served.
fn can_be_served(fault: &Fault) -> bool {
    let day = Duration::from_secs(86_400);
    let kind = match &fault.kind {
        FaultKind::Status { code: 204 | 304, message } => message.is_none(),
        FaultKind::Status { code, .. } => (100..1000).contains(code),
        FaultKind::RateLimited { reset_in, .. } => *reset_in <= 3_153_600_000,
        // Tabs and everything that can be printed.
        FaultKind::Redirect(url) => {
            url.bytes().all(|byte| byte == b'\t' || byte >= b' ' && byte != 127)
        }
        FaultKind::Drip(every) | FaultKind::DripHead(every) => Duration::from_millis(*every) <= day,
        FaultKind::LeakyBucket { code, .. } => {
            (100..1000).contains(code) && !matches!(code, 204 | 304)
        }
        _ => true,
    };

    kind && fault.delay <= day
}

fn kinds() -> impl Strategy<Value = FaultKind> {
    prop_oneof![
        Just(FaultKind::Ordinary),
        (prop_oneof![4 => 100_u16..1000, 1 => any::<u16>()], any::<Option<String>>())
            .prop_map(|(code, message)| FaultKind::Status { code, message }),
        (seconds(), any::<Option<u64>>(), any::<bool>()).prop_map(
            |(reset_in, retry_after, bare)| FaultKind::RateLimited { reset_in, retry_after, bare }
        ),
        Just(FaultKind::Html),
        any::<String>().prop_map(FaultKind::Message),
        any::<Vec<String>>().prop_map(FaultKind::Errors),
        Just(FaultKind::MissingSegments),
        Just(FaultKind::NullSegments),
        any::<Vec<u8>>().prop_map(FaultKind::Body),
        any::<String>().prop_map(FaultKind::Redirect),
        Just(FaultKind::Gzip),
        Just(FaultKind::BothFramings),
        any::<usize>().prop_map(FaultKind::Cut),
        any::<usize>().prop_map(FaultKind::Stall),
        millis().prop_map(FaultKind::Drip),
        millis().prop_map(FaultKind::DripHead),
        Just(FaultKind::Endless),
        Just(FaultKind::Close),
        any::<usize>().prop_map(FaultKind::Reset),
        any::<Vec<u8>>().prop_map(FaultKind::Verbatim),
        Just(FaultKind::IgnorePage),
        Just(FaultKind::IgnoreSortDirection),
    ]
}

/// A fault whose response depends on the time too.
fn bucket() -> impl Strategy<Value = Fault> {
    let code = prop_oneof![4 => 100_u16..1000, 1 => any::<u16>()];
    (any::<u32>(), any::<u32>(), code)
        .prop_map(|(per_second, burst, code)| Fault::leaky_bucket(per_second, burst, code))
}

fn faults() -> impl Strategy<Value = Fault> {
    let direction =
        prop_oneof![Just(None), Just(Some(SortDirection::Asc)), Just(Some(SortDirection::Desc))];
    let times = prop_oneof![4 => (0_u32..4).prop_map(Some), 1 => Just(None)];
    (kinds(), proptest::option::of(0_u32..3), direction, 0_u32..3, times, millis(), "[ -~]{0,8}")
        .prop_map(|(kind, page, direction, after, times, delay, value)| {
            let mut fault = Fault::from(kind).after(after).header("x-note", value.trim());
            (fault.page, fault.sort_direction, fault.times) = (page, direction, times);
            fault.delayed(Duration::from_millis(delay))
        })
}

proptest! {
    #[test]
    fn a_script_survives_its_json_if_it_can_be_served(
        faults in proptest::collection::vec(prop_oneof![9 => faults(), 1 => bucket()], 0..4),
    ) {
        let script: Script = faults.iter().cloned().collect();
        let read = serde_json::to_string(&script).unwrap().parse::<Script>();
        if faults.iter().all(can_be_served) {
            prop_assert_eq!(read.unwrap(), script);
        } else {
            prop_assert!(read.is_err());
        }
    }

    /// Status, redirect and reset of the response are those of the script.
    #[test]
    fn what_was_read_is_served_as_it_stands(fault in faults()) {
        let json = serde_json::to_string(&Script::new().then(fault.clone())).unwrap();
        let Ok(script) = json.parse::<Script>() else { return Ok(()) };
        let list = ListRequest {
            page: fault.page.unwrap_or(0),
            sort_direction: fault.sort_direction,
        };
        let mut workspace = workspace(2).with_faults(script);

        for _ in 0..fault.after {
            get(&mut workspace, &list.to_string());
        }

        if fault.times == Some(0) {
            return Ok(());
        }

        let response = get(&mut workspace, &list.to_string());
        let header = |name: &str| response.headers()[name].to_str().unwrap().to_owned();

        match fault.kind {
            FaultKind::Status { code, .. } => prop_assert_eq!(response.status().as_u16(), code),
            FaultKind::Redirect(url) => prop_assert_eq!(response.headers()["location"].as_bytes(), url.as_bytes()),
            FaultKind::RateLimited { reset_in, bare: false, .. } => {
                prop_assert_eq!(header("x-ratelimit-reset"), (NOW.as_secs() + reset_in).to_string());
            }
            _ => {}
        }

        prop_assert_eq!(Delivery::of(&response).delay, fault.delay);
    }

    /// Compared with a model that computes for each fault alone which requests it answers.
    #[test]
    fn e10_rules_answer_exactly_their_share_in_order(
        faults in proptest::collection::vec(faults(), 0..6),
        pages in proptest::collection::vec((0_u32..3, any::<bool>()), 0..60),
    ) {
        let mut workspace = workspace(2).with_page_size(1)
            .with_faults(faults.iter().cloned().collect());
        let mut seen = vec![0_u32; faults.len()];

        for (page, newest) in pages {
            let direction = if newest { SortDirection::Desc } else { SortDirection::Asc };
            let list = ListRequest::page(page).sort(direction);
            let response = get(&mut workspace, &list.to_string());
            let matches = |fault: &Fault| fault.page.is_none_or(|one| one == page)
                && fault.sort_direction.is_none_or(|one| one == direction);
            let due = faults.iter().zip(&mut seen).enumerate().find(|(_, (fault, seen))| {
                matches(fault)
                    && fault.times.is_none_or(|times| times > 0 && **seen < fault.after + times)
            });
            let expected = due.and_then(|(place, (fault, seen))| {
                *seen += 1;
                (*seen > fault.after).then_some(place)
            });
            let entry = workspace.log().entries().next_back().unwrap();
            prop_assert_eq!(entry.fault, expected);
            prop_assert_eq!(entry.status, response.status().as_u16());
        }

        for (fired, fault) in workspace.script().fired().zip(&faults) {
            prop_assert!(fault.times.is_none_or(|times| fired <= times));
        }
    }
}
