//! The emulator answers every request, and nobody without the key; what it reads it writes alike.

use std::io::Read;
use std::time::Duration;

use flate2::read::GzDecoder;
use http::header::{AUTHORIZATION, CONTENT_ENCODING};
use http::{Method, Request, Response, StatusCode};
use segments_core::{ListRequest, Page};
use segments_emulator::{
    Delivery, DeliveryMode, ParsedSegments, Script, Workspace, parse_segments, sample,
};

use super::{KEY, Source, api};

/// Checks a request that is written as a text: a line with method and target, lines with headers,
/// an empty line. What is behind it is a fault script, a list of segments, or neither.
pub fn check(input: &[u8]) {
    let mut source = Source::new(input);
    let line = String::from_utf8_lossy(source.line());
    let (method, target) = line.split_once(' ').unwrap_or(("GET", &line));
    let mut builder = Request::builder().method(method).uri(target);

    for (name, value) in source.headers() {
        builder = builder.header(name, value);
    }

    let rest = String::from_utf8_lossy(source.rest());
    if let Ok(request) = builder.body(()) {
        any_request(&request);
        any_script(&rest, &request);
    }

    any_list(&rest);
}

fn workspace() -> Workspace {
    Workspace::new().with_key(KEY).with_page_size(3).with_segments(sample(10, 1))
}

const NOW: Duration = Duration::from_secs(1_592_427_423);

/// Only a GET of the list with the key gets a page, and that is the one it asked for.
///
/// # Panics
/// When violated.
pub fn any_request(request: &Request<()>) {
    let mut workspace = workspace();
    let response = workspace.answer(request, NOW);
    let lines: Vec<_> = request.headers().get_all(AUTHORIZATION).iter().collect();
    let line = if let [line] = lines[..] { line.as_bytes() } else { b"" };
    let list = ListRequest::from_http(request);
    let status = response.status();

    if status == StatusCode::OK {
        assert!(request.method() == Method::GET && line.trim_ascii().ends_with(KEY.as_bytes()));
        let page = api().read(&decoded(response)).expect("a page");
        assert_eq!(page, workspace.page(list.expect("a list was asked for")));
    } else {
        let usual = line == format!("Bearer {KEY}").as_bytes() && request.method() == Method::GET;
        assert!(!usual || list.is_err(), "{response:?}");
        let error = api().read(&decoded(response)).expect_err("no page");
        assert_eq!(error.status(), Some(status.as_u16()));
    }

    assert_eq!(workspace.log().total(), 1);
}

/// The response as it was before it was compressed, which only who asks for it gets.
fn decoded(mut response: Response<Vec<u8>>) -> Response<Vec<u8>> {
    if response.headers_mut().remove(CONTENT_ENCODING).is_some() {
        let compressed = std::mem::take(response.body_mut());
        let mut decoder = GzDecoder::new(compressed.as_slice());
        decoder.read_to_end(response.body_mut()).expect("gzip");
    }
    response
}

/// A script is the same after it was written, and answers are read whatever it says.
///
/// # Panics
/// When violated.
pub fn any_script(text: &str, request: &Request<()>) {
    let Ok(script) = text.parse::<Script>() else { return };
    let written = serde_json::to_string(&script).expect("a script is JSON");

    assert_eq!(written.parse::<Script>().as_ref(), Ok(&script), "{written}");

    let mut workspace = workspace().with_faults(script);
    for _ in 0..4 {
        let response = workspace.answer(request, NOW);
        let _ = api().read(&response);
        if let DeliveryMode::Cut { after } | DeliveryMode::Stall { after } =
            Delivery::of(&response).mode
        {
            assert!(after < response.body().len(), "all of it");
        }
    }
}

/// What was loaded is loaded again from each form in which it can be saved.
///
/// # Panics
/// When violated.
pub fn any_list(text: &str) {
    let Ok(ParsedSegments { segments, .. }) = parse_segments(text) else { return };
    let array = serde_json::to_string(&segments).expect("JSON");

    assert_eq!(parse_segments(&array).expect("an array").segments, segments);

    let page: Page = segments.iter().cloned().collect();
    let page = String::from_utf8(page.to_http().into_body()).expect("UTF-8");

    assert_eq!(parse_segments(&page).expect("a page").segments, segments);

    let line = |segment| serde_json::to_string(segment).expect("JSON") + "\n";
    let lines: String = segments.iter().map(line).collect();

    assert_eq!(parse_segments(&lines).expect("NDJSON").segments, segments);
}
