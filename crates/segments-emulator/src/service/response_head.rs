use http::Response;
use http::header::{CONTENT_LENGTH, TRANSFER_ENCODING};

/// The head of a response in bytes. Its framing headers are written as they are, however wrong; a
/// `Content-Length` is added only if there are none.
pub(crate) fn response_head(response: &Response<Vec<u8>>) -> Vec<u8> {
    let (status, headers) = (response.status(), response.headers());
    let reason_phrase = status.canonical_reason().unwrap_or("");

    let mut head = format!("HTTP/1.1 {} {reason_phrase}\r\n", status.as_str()).into_bytes();
    for (name, value) in headers {
        head.extend_from_slice(name.as_str().as_bytes());
        head.extend_from_slice(b": ");
        head.extend_from_slice(value.as_bytes());
        head.extend_from_slice(b"\r\n");
    }

    if !headers.contains_key(CONTENT_LENGTH) && !headers.contains_key(TRANSFER_ENCODING) {
        let length = format!("content-length: {}\r\n", response.body().len());
        head.extend_from_slice(length.as_bytes());
    }

    head.extend_from_slice(b"connection: close\r\n\r\n");
    head
}
