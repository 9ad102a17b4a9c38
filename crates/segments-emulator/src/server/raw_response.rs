use std::time::Duration;

use http::Response;
use http::header::{CONTENT_LENGTH, TRANSFER_ENCODING};

use crate::workspace::delivery::{Delivery, Manner};

/// Bytes for the socket in place of what hyper would write; then the connection is closed.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Raw {
    pub(crate) bytes: Vec<u8>,
    /// How many of the bytes go out one by one.
    pub(crate) slow: usize,
    /// The time before each of those.
    pub(crate) every: Duration,
    /// Whether the connection is reset behind them.
    pub(crate) reset: bool,
}

impl Raw {
    /// What to write for a response that hyper would not send as it is: one with framing headers of
    /// its own, with an informational status, with a slow head, with none, or with a reset in it.
    /// Only scripts make such.
    pub(crate) fn of(response: &Response<Vec<u8>>) -> Option<Self> {
        let headers = response.headers();
        let framed = headers.contains_key(CONTENT_LENGTH)
            || headers.contains_key(TRANSFER_ENCODING)
            || response.status().is_informational();
        let (sent, every) = match Delivery::of(response).manner {
            Manner::Verbatim(bytes) => return Some(Self { bytes, ..Self::default() }),
            Manner::Reset { after } => {
                let mut bytes = head(response);
                bytes.extend_from_slice(response.body());
                bytes.truncate(after);
                return Some(Self { bytes, reset: true, ..Self::default() });
            }
            Manner::DripHead { every } => (usize::MAX, Some(every)),
            Manner::Close => return None,
            Manner::Cut { after } | Manner::Stall { after } => (after, None),
            Manner::Whole | Manner::Drip { .. } | Manner::Endless => (usize::MAX, None),
        };
        if !framed && every.is_none() {
            return None;
        }
        let mut bytes = head(response);
        let slow = every.map_or(0, |_| bytes.len());
        let body = response.body();
        let body = &body[..sent.min(body.len())];
        if headers.contains_key(TRANSFER_ENCODING) {
            bytes.extend_from_slice(format!("{:x}\r\n", body.len()).as_bytes());
            bytes.extend_from_slice(body);
            bytes.extend_from_slice(b"\r\n0\r\n\r\n");
        } else {
            bytes.extend_from_slice(body);
        }
        let every = every.unwrap_or_default();
        Some(Self { bytes, slow, every, reset: false })
    }
}

/// The head of a response with the framing that its headers say, however wrong, and with a length
/// only if they say nothing.
pub(crate) fn head(response: &Response<Vec<u8>>) -> Vec<u8> {
    let (status, headers) = (response.status(), response.headers());
    let reason = status.canonical_reason().unwrap_or("");
    let mut out = format!("HTTP/1.1 {} {reason}\r\n", status.as_str()).into_bytes();
    for (name, value) in headers {
        out.extend_from_slice(name.as_str().as_bytes());
        out.extend_from_slice(b": ");
        out.extend_from_slice(value.as_bytes());
        out.extend_from_slice(b"\r\n");
    }
    if !headers.contains_key(CONTENT_LENGTH) && !headers.contains_key(TRANSFER_ENCODING) {
        let length = format!("content-length: {}\r\n", response.body().len());
        out.extend_from_slice(length.as_bytes());
    }
    out.extend_from_slice(b"connection: close\r\n\r\n");
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(response: http::response::Builder, manner: Manner) -> Option<String> {
        let delivery = Delivery { manner, ..Delivery::default() };
        let response = response.extension(delivery).body(b"abc".to_vec()).unwrap();
        Raw::of(&response).map(|raw| String::from_utf8(raw.bytes).unwrap())
    }

    #[test]
    fn the_bytes_have_the_framing_of_the_headers() {
        let both = || {
            Response::builder().header("content-length", "3").header("transfer-encoding", "chunked")
        };
        let head = "HTTP/1.1 200 OK\r\ncontent-length: 3\r\ntransfer-encoding: chunked\r\n\
                    connection: close\r\n\r\n";
        assert_eq!(written(both(), Manner::Whole).unwrap(), format!("{head}3\r\nabc\r\n0\r\n\r\n"));
        let cut = written(both(), Manner::Cut { after: 1 }).unwrap();
        assert_eq!(cut, format!("{head}1\r\na\r\n0\r\n\r\n"));
        let long = Response::builder().header("content-length", "9");
        let head = "HTTP/1.1 200 OK\r\ncontent-length: 9\r\nconnection: close\r\n\r\n";
        assert_eq!(written(long, Manner::Whole).unwrap(), format!("{head}abc"));
        let early = written(Response::builder().status(103), Manner::Whole).unwrap();
        assert!(early.starts_with("HTTP/1.1 103 Early Hints\r\n"), "{early}");
    }

    #[test]
    fn a_reset_may_be_anywhere() {
        let all = written(Response::builder(), Manner::Reset { after: usize::MAX }).unwrap();
        assert!(all.ends_with("content-length: 3\r\nconnection: close\r\n\r\nabc"), "{all}");
        for after in [0, 9, all.len() - 1] {
            assert_eq!(
                written(Response::builder(), Manner::Reset { after }).unwrap(),
                all[..after]
            );
        }
    }

    #[test]
    fn what_hyper_can_send_is_left_to_it() {
        for manner in [Manner::Whole, Manner::Cut { after: 1 }, Manner::Endless, Manner::Close] {
            assert_eq!(written(Response::builder(), manner), None);
        }
    }

    #[test]
    fn a_slow_head_is_the_whole_head_and_no_more() {
        let every = Duration::from_millis(1);
        let delivery = Delivery { manner: Manner::DripHead { every }, ..Delivery::default() };
        let response = Response::builder().extension(delivery).body(b"abc".to_vec()).unwrap();
        let raw = Raw::of(&response).unwrap();
        assert_eq!(raw.every, every);
        assert_eq!(&raw.bytes[raw.slow - 4..], b"\r\n\r\nabc");
    }
}
