//! Recorded facts, and a response for everything else.

use http::{Method, Request};
use segments_core::{ApiKey, Segment};
use segments_emulator::{Key, Workspace};

use crate::{KEY, NOW, get, request, segment, text, workspace};

const NO_TAGS: [&str; 0] = [];

#[test]
fn a_recorded_answer_comes_out_byte_for_byte() {
    let names = [
        ("6d68ea15-26c4-4109-835a-65b81773a5e2", "Lapsed Users - 7 days"),
        ("0eaf8f6a-230f-48f2-9c01-45302b642a35", "Lapsed Users - 30 days"),
        ("b644b893-276d-4817-b5cd-5f65906f072b", "User Onboarding - First Week"),
        ("2f59d81c-82b3-40e5-9050-b6400a1fc9c8", "User Onboarding - Second Week"),
        ("de83cb66-cc1f-457d-8905-45446b6e841b", "Engaged Recent Users"),
        ("3aca937b-9bbc-4e42-9370-05e411967b2b", "All Users (Freeletics Development - iOS)"),
    ];
    let segments = names.map(|(id, name)| Segment::new(id, name, true, NO_TAGS).unwrap());
    let mut workspace = Workspace::new().with_key(KEY).with_segments(segments);
    workspace.consume_quota(61, NOW);

    let response = get(&mut workspace, "/segments/list");
    assert_eq!(response.status(), 200);
    assert_eq!(response.body().len(), 794);
    let start = r#"{"segments":[{"id":"6d68ea15-26c4-4109-835a-65b81773a5e2","name":"Lapsed Users - 7 days","analytics_tracking_enabled":true,"tags":[]},{"#;
    assert!(text(&response).starts_with(start));
    assert!(text(&response).ends_with(r#""tags":[]}],"message":"success"}"#));
    for (name, value) in [
        ("etag", "W/\"de13291b9300bcefd33634ff4545a157\""),
        ("content-type", "application/json"),
        ("cache-control", "max-age=0, private, must-revalidate"),
        ("x-ratelimit-limit", "250000"),
        ("x-ratelimit-remaining", "249938"),
        ("x-ratelimit-reset", "1592427600"),
        ("date", "Wed, 17 Jun 2020 20:57:03 GMT"),
        ("vary", "Origin,Accept-Encoding"),
    ] {
        assert_eq!(response.headers()[name], value, "{name}");
    }
    assert!(!response.headers().contains_key("content-length"));
}

#[test]
fn e1_an_unknown_key_is_repeated_and_costs_nothing() {
    let mut workspace = workspace(1);
    let unknown = Request::get("/segments/list").header("authorization", "Bearer non-existent");
    let response = workspace.answer(&unknown.body(()).unwrap(), NOW);
    assert_eq!(response.status(), 401);
    assert_eq!(text(&response), r#"{"message":"Invalid API key: non-existent"}"#);
    for name in ["x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset"] {
        assert_eq!(response.headers()[name], "", "{name}");
    }
    assert_eq!(response.headers()["cache-control"], "no-cache");
    assert_eq!(response.headers()["content-type"], "application/json");
    assert!(!response.headers().contains_key("etag"));

    let response = get(&mut workspace, "/segments/list");
    assert_eq!(response.headers()["x-ratelimit-remaining"], "249999");
}

#[test]
fn a_key_is_repeated_as_json() {
    let mut workspace = workspace(0);
    let value = http::HeaderValue::from_bytes(b"Bearer a\"b\\c\xff").unwrap();
    let unknown = Request::get("/segments/list").header("authorization", value).body(()).unwrap();
    let response = workspace.answer(&unknown, NOW);
    assert_eq!(text(&response), "{\"message\":\"Invalid API key: a\\\"b\\\\c\u{fffd}\"}");
}

#[test]
fn e1_no_key_and_no_permission_are_refused() {
    let mut workspace = workspace(1);
    let none = Request::get("/segments/list").body(()).unwrap();
    let response = workspace.answer(&none, NOW);
    assert_eq!(
        (response.status().as_u16(), text(&response)),
        (401, r#"{"message":"Invalid API key: "}"#)
    );

    workspace.add_key(Key::new(ApiKey::new("other").unwrap(), ["segments.details"]));
    let other = Request::get("/segments/list").header("authorization", "Bearer other");
    let response = workspace.answer(&other.body(()).unwrap(), NOW);
    assert_eq!(response.status(), 403);
    assert_eq!(response.headers()["x-ratelimit-remaining"], "");
}

#[test]
fn e2_what_real_clients_send_is_answered_like_the_plain_request() {
    let mut workspace = workspace(150);
    let plain = get(&mut workspace, "/segments/list").into_body();

    for target in [
        "/segments/list?",
        "/segments/list?page=0",
        "/segments/list?page=%30",
        "/segments/list?page=5&page=0",
        "/segments/list?sort_direction=asc",
        "/segments/list?page=0&page_size=100",
        "/segments/list?last_edit.time%5Bgt%5D=2020-01-01",
        "https://rest.iad-01.braze.com/segments/list",
    ] {
        let response = get(&mut workspace, target);
        assert_eq!(response.status(), 200, "{target}");
        assert_eq!(response.body(), &plain, "{target}");
    }

    for scheme in ["bearer", "BEARER", "Bearer"] {
        let request = Request::get("/segments/list")
            .header("authorization", format!("{scheme} {KEY}"))
            .header("content-type", "application/json")
            .body("{}")
            .unwrap();
        assert_eq!(workspace.answer(&request, NOW).body(), &plain, "{scheme}");
    }
}

/// Each query is refused for this parameter, and costs one request.
fn refused(queries: &[(&str, &str)]) {
    let mut workspace = workspace(1).with_rate_limit(1000);
    let mut left = 1000;
    for (query, about) in queries {
        let response = get(&mut workspace, &format!("/segments/list?{query}"));
        left -= 1;
        assert_eq!(response.status(), 400, "{query}");
        assert!(text(&response).starts_with(&format!("{{\"message\":\"{about} must ")), "{query}");
        assert_eq!(response.headers()["x-ratelimit-remaining"], left.to_string(), "{query}");
    }
}

#[test]
fn e2_an_unusable_page_is_refused() {
    refused(&[
        ("page=-1", "page"),
        ("page=abc", "page"),
        ("page=1.5", "page"),
        ("page=100000000000000000000", "page"),
        ("page=", "page"),
        ("page=0&page=x", "page"),
        ("page=%00", "page"),
        ("page=%zz", "page"),
    ]);
}

#[test]
fn e2_a_page_too_far_is_not_called_negative() {
    for page in ["4294967296", "18446744073709551616", "100000000000000000000"] {
        let response = get(&mut workspace(1), &format!("/segments/list?page={page}"));
        assert_eq!(response.status(), 400);
        assert_eq!(text(&response), r#"{"message":"page must be at most 4294967295"}"#);
    }

    for page in ["-1", "x", "1.5", "", "-18446744073709551616", "18446744073709551616x"] {
        let response = get(&mut workspace(1), &format!("/segments/list?page={page}"));
        assert_eq!(
            text(&response),
            r#"{"message":"page must be a non-negative integer"}"#,
            "{page}"
        );
    }
}

#[test]
fn e3_an_unusable_order_is_refused() {
    refused(&[
        ("sort_direction=ASC", "sort_direction"),
        ("sort_direction=newest", "sort_direction"),
        ("sort_direction=", "sort_direction"),
    ]);
}

#[test]
fn e4_other_paths_and_methods_have_their_status() {
    let mut workspace = workspace(1);

    for (path, status) in
        [("/", 404), ("/segments", 404), ("/segments/listx", 404), ("/segments/list/", 403)]
    {
        assert_eq!(get(&mut workspace, path).status(), status, "{path}");
    }

    for method in [Method::POST, Method::HEAD, Method::OPTIONS, Method::DELETE] {
        let mut request = request("/segments/list");
        *request.method_mut() = method.clone();
        let response = workspace.answer(&request, NOW);
        assert_eq!(response.status(), 405, "{method}");
        assert_eq!(response.headers()["allow"], "GET", "{method}");
    }

    assert_eq!(get(&mut workspace, "/segments/list").headers()["x-ratelimit-remaining"], "249999");
}

#[test]
fn behind_the_end_there_is_an_empty_page() {
    let mut workspace = workspace(100);
    for page in ["1", "2", "4294967295"] {
        for order in ["asc", "desc"] {
            let target = format!("/segments/list?page={page}&sort_direction={order}");
            let response = get(&mut workspace, &target);
            assert_eq!(response.status(), 200);
            assert_eq!(text(&response), r#"{"segments":[],"message":"success"}"#);
        }
    }
}

#[test]
fn the_allowance_ends_and_comes_back_on_the_hour() {
    let mut workspace = workspace(1).with_rate_limit(2);
    let mut ask = |seconds: u64| {
        let now = std::time::Duration::from_secs(1_592_427_600 - 10 + seconds);
        let response = workspace.answer(&request("/segments/list"), now);
        let left = response.headers()["x-ratelimit-remaining"].to_str().unwrap().to_owned();
        let reset = response.headers()["x-ratelimit-reset"].to_str().unwrap().to_owned();
        (response.status().as_u16(), left, reset)
    };
    let expected = |status, left: &str, reset: &str| (status, left.to_owned(), reset.to_owned());

    assert_eq!(ask(0), expected(200, "1", "1592427600"));
    assert_eq!(ask(1), expected(200, "0", "1592427600"));
    assert_eq!(ask(9), expected(429, "0", "1592427600"));
    assert_eq!(ask(10), expected(200, "1", "1592431200"));
}

#[test]
fn e9_the_same_edits_between_the_same_pages_give_the_same_bytes() {
    let transcript = || {
        let mut workspace = workspace(0).with_segments(segments_emulator::sample(250, 7));
        let ids: Vec<_> = workspace.segments().map(|one| one.id().to_owned()).collect();
        let mut answers = Vec::new();
        for (page, id) in (0..3).zip(&ids) {
            answers.push(get(&mut workspace, &format!("/segments/list?page={page}")));
            workspace.archive(id).unwrap();
            workspace.create(segment(page)).unwrap();
            workspace.rename(&ids[200], &format!("{page}")).unwrap();
        }
        answers.iter().map(|one| format!("{:?} {}", one.headers(), text(one))).collect::<Vec<_>>()
    };

    assert_eq!(transcript(), transcript());
}

#[test]
fn e9_edits_show_at_once_and_keep_the_order_of_creation() {
    let mut workspace = workspace(4).with_page_size(2);
    let mut ids = |act: &dyn Fn(&mut Workspace)| {
        act(&mut workspace);
        let page = |page, workspace: &mut Workspace| {
            let response = get(workspace, &format!("/segments/list?page={page}"));
            let page: serde_json::Value = serde_json::from_slice(response.body()).unwrap();
            let segments = page["segments"].as_array().unwrap().iter();
            segments.map(|one| one["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        (0..3).flat_map(|number| page(number, &mut workspace)).collect::<Vec<_>>().join(",")
    };
    assert_eq!(ids(&|_| {}), "Segment 0,Segment 1,Segment 2,Segment 3");
    assert_eq!(ids(&|w| w.archive("id-1").unwrap()), "Segment 0,Segment 2,Segment 3");
    assert_eq!(ids(&|w| w.archive("id-1").unwrap()), "Segment 0,Segment 2,Segment 3");
    assert_eq!(ids(&|w| w.rename("id-0", "Z").unwrap()), "Z,Segment 2,Segment 3");
    assert_eq!(ids(&|w| w.rename("id-1", "Y").unwrap()), "Z,Segment 2,Segment 3");
    assert_eq!(ids(&|w| w.restore("id-1").unwrap()), "Z,Y,Segment 2,Segment 3");
    workspace.retag("id-0", ["a", "b"]).unwrap();
    workspace.set_tracking("id-0", false).unwrap();

    let changed = Segment::new("id-0", "Z", false, ["a", "b"]).unwrap();
    assert_eq!(workspace.get("id-0"), Some(&changed));
    assert!(get(&mut workspace, "/segments/list").body().starts_with(
        br#"{"segments":[{"id":"id-0","name":"Z","analytics_tracking_enabled":false,"tags":["a","b"]}"#
    ));
}

#[test]
fn the_log_has_what_was_asked_and_never_the_key() {
    let mut workspace = workspace(1);
    get(&mut workspace, "/segments/list?page=7&sort_direction=desc");
    get(&mut workspace, &format!("/{KEY}?api_key={KEY}"));

    let seen: Vec<_> = workspace
        .log()
        .entries()
        .map(|one| {
            (one.number, one.page, one.sort_direction.map(|way| way.to_string()), one.status)
        })
        .collect();
    assert_eq!(seen, [(1, Some(7), Some("desc".to_owned()), 200), (2, None, None, 404)]);

    let json = serde_json::to_string(workspace.log()).unwrap();
    assert!(json.contains(r#""method":"GET","page":7"#), "{json}");
    assert!(!format!("{workspace:?}{json}").contains("CANARY"));
    workspace.clear_log();
    assert_eq!(workspace.log().total(), 0);
}

#[test]
fn another_seed_gives_other_request_ids_and_the_same_pages() {
    let answers = |seed| {
        let mut workspace = workspace(2).with_seed(seed);
        let mut ids = Vec::new();
        let pages = [(); 2].map(|()| {
            let response = get(&mut workspace, "/segments/list");
            ids.push(response.headers()["x-request-id"].clone());
            text(&response).to_owned()
        });
        (ids, pages)
    };

    let (ids, pages) = answers(0);
    let (other_ids, other_pages) = answers(7);
    assert!(other_ids.iter().all(|id| !ids.contains(id)));
    assert_eq!(other_pages, pages);
    // The seed and the number of the response are added.
    answers(u64::MAX);
}
