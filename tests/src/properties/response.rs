//! A response, whatever it holds, is a page or says what it is.

use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode};
use segments_core::error::{JsonErrorKind, ResponseError};
use segments_core::{Api, Error, ErrorKind, Page, Segment, TransportErrorKind};

use super::{Source, api, assert_keyless, mask::mask};

/// Checks a response that is written as a text: a line with the status, lines with headers, an
/// empty line, the body. What is unusable is left out, so that any bytes are a response.
pub fn check(input: &[u8]) {
    let (status, headers, body) = parse(input);
    response_to_page(status, &headers, body);
}

/// A name and a value, which need not be usable.
type Header<'a> = (&'a [u8], &'a [u8]);

/// The status, the headers and the body of such a text.
pub(super) fn parse(input: &[u8]) -> (u16, Vec<Header<'_>>, &[u8]) {
    let mut source = Source::new(input);
    let status = std::str::from_utf8(source.line()).ok().and_then(|line| line.parse().ok());
    let headers = source.headers();
    (status.unwrap_or(200), headers, source.rest())
}

/// Reading is total; a page is sound; an error says nothing that it must not say.
///
/// # Panics
/// When violated.
pub fn response_to_page(status: u16, headers: &[Header<'_>], body: &[u8]) {
    replaced(body);
    let api = api();
    let response = response(status, headers, body);

    match api.read(&response) {
        Ok(page) => {
            assert_eq!(response.status(), 200);
            sound(&api, &page);
            prefixes(&api, body);
        }
        Err(error) => discreet(&api, &response, &error),
    }
}

/// A page has ids, is written and read again as it was, and so is every segment of it.
fn sound(api: &Api, page: &Page) {
    assert_eq!(page.segments().len(), page.len());

    for (segment, id) in page.segments().zip(page.ids()) {
        assert!(!id.is_empty());
        assert_eq!(segment.id(), id);
        let json = serde_json::to_string(&segment).expect("a segment is JSON");
        assert_eq!(serde_json::from_str::<Segment>(&json).expect("our own JSON"), segment);
    }

    let again = api.read(&page.to_http()).expect("our own page");
    assert_eq!(again, *page);
}

/// A page that ends too early, wherever, is a connection that ended too early: never a page.
fn prefixes(api: &Api, body: &[u8]) {
    let whole = body.trim_ascii_end();
    // All ends of a short page, and some of a long one.
    let step = whole.len() / 512 + 1;

    for end in (0..whole.len()).step_by(step) {
        let error = api.read(&Response::new(&whole[..end])).expect_err("a prefix is no page");
        let nothing = matches!(&whole[..end], b"" | b"\xEF\xBB\xBF");
        match error.kind() {
            ErrorKind::Transport(error) => assert_eq!(error.kind(), TransportErrorKind::Closed),
            ErrorKind::Response(ResponseError::EmptyBody) if nothing => {}
            kind => panic!("the first {end} bytes of a page: {kind:?}"),
        }
    }
}

/// An error holds neither the key nor anything of the body but the server's message: another body
/// with the same structure gives the same error.
fn discreet(api: &Api, response: &Response<Vec<u8>>, error: &Error) {
    let json = serde_json::to_string(error).expect("an error is JSON");
    for text in [error.to_string(), format!("{error:?}"), error.advice(), json] {
        assert_keyless(&text);
    }

    if let Some(message) = error.server_message() {
        // Each of 256 characters may be escaped, and one says that there were more.
        assert!(message.chars().count() <= 256 * 10 + 1, "a long message");
        assert!(!message.chars().any(char::is_control), "a message that steers a terminal");
    }

    let mut other = response.clone();
    *other.body_mut() = mask(response.body());
    let masked = api.read(&other).expect_err("structure decides what is a page");

    assert_eq!(without_key(&masked), without_key(error));
    assert_eq!(without_message(&masked), without_message(error));
}

/// The kind, without the one key of the body that it may name.
fn without_key(error: &Error) -> ErrorKind {
    match named(error) {
        Some(_) => ErrorKind::Response(ResponseError::NoSegments { found: Some("…".into()) }),
        None => error.kind().clone(),
    }
}

fn named(error: &Error) -> Option<&str> {
    match error.kind() {
        ErrorKind::Response(ResponseError::NoSegments { found }) => found.as_deref(),
        _ => None,
    }
}

fn without_message(error: &Error) -> String {
    let quoted = error.server_message().or(named(error)).map(|text| format!("\"{text}\""));
    // The first one: a header may repeat it.
    error.to_string().replacen(quoted.as_deref().unwrap_or("\0"), "\"…\"", 1)
}

/// With invalid text replaced a page is the same, or one that could not be read before.
fn replaced(body: &[u8]) {
    let strict = api().read(&Response::new(body));
    let lenient = api().replacing_invalid_text(true).read(&Response::new(body));

    match (strict, lenient) {
        (Ok(strict), Ok(lenient)) => {
            assert_eq!(strict, lenient);
            assert_eq!(lenient.replaced_texts(), 0);
        }
        (Err(error), Ok(page)) => {
            let ErrorKind::Response(ResponseError::Json(json)) = error.kind() else {
                panic!("{error} was replaced")
            };
            let text = matches!(
                json.kind(),
                JsonErrorKind::Utf8 { .. }
                    | JsonErrorKind::Surrogate { .. }
                    | JsonErrorKind::ControlCharacter { .. }
            );
            assert!(text, "{error} was replaced");
            assert!(page.replaced_texts() <= page.len());
        }
        (Err(_), Err(error)) => assert_keyless(&error.to_string()),
        (Ok(_), Err(error)) => panic!("leniently worse: {error}"),
    }
}

pub(super) fn response(status: u16, headers: &[Header<'_>], body: &[u8]) -> Response<Vec<u8>> {
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        let name = HeaderName::from_bytes(name);
        if let (Ok(name), Ok(value)) = (name, HeaderValue::from_bytes(value)) {
            map.append(name, value);
        }
    }

    let mut response = Response::new(body.to_vec());
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::OK);
    *response.headers_mut() = map;
    response
}
