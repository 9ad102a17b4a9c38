use http::Response;
use http::header::{CONTENT_LENGTH, TRANSFER_ENCODING};

/// Whether a response is one that hyper would not send as it is: with framing headers of its own,
/// or with an informational status. Only a script makes such.
pub(crate) fn is_needed<B>(response: &Response<B>) -> bool {
    let headers = response.headers();
    headers.contains_key(CONTENT_LENGTH)
        || headers.contains_key(TRANSFER_ENCODING)
        || response.status().is_informational()
}

/// A response as bytes, with the framing that its headers say, however wrong: a body in one chunk
/// if `Transfer-Encoding` is there, as it is otherwise.
pub(crate) fn write(response: &Response<Vec<u8>>) -> Vec<u8> {
    let status = response.status();
    let reason = status.canonical_reason().unwrap_or("");
    let mut out = format!("HTTP/1.1 {} {reason}\r\n", status.as_str()).into_bytes();
    for (name, value) in response.headers() {
        out.extend_from_slice(name.as_str().as_bytes());
        out.extend_from_slice(b": ");
        out.extend_from_slice(value.as_bytes());
        out.extend_from_slice(b"\r\n");
    }
    out.extend_from_slice(b"connection: close\r\n\r\n");
    let body = response.body();
    if response.headers().contains_key(TRANSFER_ENCODING) {
        out.extend_from_slice(format!("{:x}\r\n", body.len()).as_bytes());
        out.extend_from_slice(body);
        out.extend_from_slice(b"\r\n0\r\n\r\n");
    } else {
        out.extend_from_slice(body);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bytes_are_those_of_the_response() {
        let response = Response::builder()
            .header("content-length", "3")
            .header("transfer-encoding", "chunked")
            .body(b"abc".to_vec())
            .unwrap();
        assert!(is_needed(&response));
        assert_eq!(
            String::from_utf8(write(&response)).unwrap(),
            "HTTP/1.1 200 OK\r\ncontent-length: 3\r\ntransfer-encoding: chunked\r\n\
             connection: close\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
        );
    }
}
