use std::net::SocketAddr;

use http::header::{
    ACCEPT, AUTHORIZATION, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY,
    X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response};

use crate::admin::access::{check_access, is_local};

/// The page, and what it loads.
const FILES: [(&str, &str, &str); 4] = [
    ("/", "text/html; charset=utf-8", include_str!("index.html")),
    ("/_emulator/page/style.css", "text/css; charset=utf-8", include_str!("style.css")),
    ("/_emulator/page/script.js", "text/javascript; charset=utf-8", include_str!("script.js")),
    ("/_emulator/page/icon.svg", "image/svg+xml", include_str!("icon.svg")),
];

/// Nothing from elsewhere, no script but ours, no frame around it, and no text that becomes markup.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
                      connect-src 'self'; base-uri 'none'; form-action 'none'; \
                      frame-ancestors 'none'; require-trusted-types-for 'script'; \
                      trusted-types 'none'";

const HEADERS: [(HeaderName, &str); 7] = [
    (CONTENT_SECURITY_POLICY, POLICY),
    (X_FRAME_OPTIONS, "DENY"),
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (REFERRER_POLICY, "same-origin"),
    (CACHE_CONTROL, "no-store"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
];

/// The page or a part of it. `None` if the request is for something else, or may not have it: it is
/// then answered as if there were no page.
pub(crate) fn answer<B>(peer: SocketAddr, request: &Request<B>) -> Option<Response<Vec<u8>>> {
    let (method, headers) = (request.method(), request.headers());
    let path = request.uri().path();
    let (_, media_type, content) = FILES.iter().find(|(known, ..)| *known == path)?;

    let is_read = method == Method::GET || method == Method::HEAD;
    let is_allowed = if path == "/" {
        // A link on another page may lead here, as the page itself holds nothing of the workspace.
        is_local(peer, headers) && is_browser(headers)
    } else {
        check_access(peer, method, headers).is_ok()
    };
    if !is_read || !is_allowed {
        return None;
    }

    let mut response = Response::new(content.as_bytes().to_vec());
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
    headers.extend(HEADERS.map(|(name, value)| (name, HeaderValue::from_static(value))));
    Some(response)
}

/// Whether a person sees the response. A client of the endpoint with a wrong path does not accept
/// HTML by name, or sends a key, and gets the 404 that Braze would send.
fn is_browser(headers: &HeaderMap) -> bool {
    let accepts_html = headers.get_all(ACCEPT).iter().any(|value| {
        let mut types = value.as_bytes().split(|byte| *byte == b',');
        types.any(|accepted| accepted.trim_ascii_start().starts_with(b"text/html"))
    });
    accepts_html && !headers.contains_key(AUTHORIZATION)
}
