//! A request says what was asked for, to the place that was configured, and nothing else.

use http::Request;
use http::header::{ACCEPT, AUTHORIZATION, CACHE_CONTROL, USER_AGENT};
use segments_core::{Api, ApiKey, Endpoint, ListRequest, SortDirection};

use super::{KEY, Source};

/// Checks a page, an order and one of several endpoints; then the rest as a target of a request.
pub fn check(input: &[u8]) {
    let mut source = Source::new(input);
    let mut list = ListRequest::page(u32::from_le_bytes([0; 4].map(|_: u8| source.byte())));
    list.sort_direction =
        [None, Some(SortDirection::Asc), Some(SortDirection::Desc)][usize::from(source.below(3))];
    let endpoint = ENDPOINTS[usize::from(source.below(7))];
    request_round_trip(list, &Endpoint::insecure(endpoint).expect("an endpoint"));
    any_target(&String::from_utf8_lossy(source.rest()));
}

const ENDPOINTS: [&str; 7] = [
    "https://rest.iad-01.braze.com",
    "https://gateway.example:8443",
    "http://127.0.0.1:1",
    "http://[::1]:65535",
    "http://a-b.example",
    "http://braze_mock:8080",
    "https://gateway.example/braze/a%20b",
];

/// Building and reading are opposites, once a gateway has taken its path off, and the request has
/// its four headers and no other.
///
/// # Panics
/// When violated.
pub fn request_round_trip(list: ListRequest, endpoint: &Endpoint) {
    let api = Api::new(endpoint.clone(), ApiKey::new(KEY).expect("a key"));
    let request = api.request(list);
    let uri = request.uri();
    let target = uri.path_and_query().expect("a path").as_str();
    let behind = target.strip_prefix(endpoint.path()).expect("the path of the endpoint");
    let at_origin = Request::get(behind).body(()).expect("a target");

    assert_eq!(ListRequest::from_http(&at_origin), Ok(list));
    assert_eq!(at_origin.uri().path(), ListRequest::PATH);

    let base = format!(
        "{}://{}{}",
        uri.scheme_str().expect("a scheme"),
        uri.authority().expect("it"),
        endpoint.path()
    );

    assert_eq!(base, endpoint.to_string());
    assert_eq!(Endpoint::insecure(&base).as_ref(), Ok(endpoint));

    let unreserved = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~=&".contains(&byte);
    assert!(uri.query().unwrap_or("").bytes().all(unreserved), "{uri}");

    let headers = request.headers();
    assert_eq!(headers.len(), 4);
    assert_eq!(headers[AUTHORIZATION], format!("Bearer {KEY}"));
    assert!(headers[AUTHORIZATION].is_sensitive());
    assert_eq!(headers[ACCEPT], "application/json");
    assert_eq!(headers[CACHE_CONTROL], "no-cache");
    assert!(headers[USER_AGENT].as_bytes().starts_with(b"segments/"));
}

/// Reading is total on the server's side, and what it reads it would write in one way only.
///
/// # Panics
/// When violated.
pub fn any_target(target: &str) {
    let Ok(request) = Request::get(target).body(()) else { return };
    let Ok(list) = ListRequest::from_http(&request) else { return };
    assert_eq!(request.uri().path(), ListRequest::PATH);
    let written = Request::get(list.to_string()).body(()).expect("our own target");
    assert_eq!(ListRequest::from_http(&written), Ok(list));
}
