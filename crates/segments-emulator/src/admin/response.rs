use http::header::CONTENT_TYPE;
use http::{HeaderValue, Response, StatusCode};
use serde::Serialize;

pub(crate) fn message(status: StatusCode, text: &str) -> Response<Vec<u8>> {
    #[derive(Serialize)]
    struct Message<'a> {
        message: &'a str,
    }

    json(status, &Message { message: text })
}

pub(crate) fn json<T: Serialize>(status: StatusCode, body: &T) -> Response<Vec<u8>> {
    let body = serde_json::to_vec(body).expect("strings and numbers have a JSON form");

    let mut response = Response::new(body);
    *response.status_mut() = status;
    let value = HeaderValue::from_static("application/json");
    response.headers_mut().insert(CONTENT_TYPE, value);
    response
}
