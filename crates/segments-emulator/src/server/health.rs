use http::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderValue, Method, Response, StatusCode};

/// A readiness check, for whoever starts the server and waits for it.
///
/// It needs no key and answers every peer under every `Host`, because it reveals nothing about the
/// workspace.
pub(crate) const PATH: &str = "/healthz";

pub(crate) fn answer(method: &Method) -> Response<Vec<u8>> {
    if method != Method::GET && method != Method::HEAD {
        let mut response = Response::new(Vec::new());
        *response.status_mut() = StatusCode::METHOD_NOT_ALLOWED;
        response.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
        return response;
    }

    let mut response = Response::new(b"ok\n".to_vec());
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/plain"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
