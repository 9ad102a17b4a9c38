use std::time::Duration;

use http::Response;
use http::header::{CONTENT_LENGTH, TRANSFER_ENCODING};

use crate::service::response_head::response_head;
use crate::workspace::delivery::{Delivery, DeliveryMode};

/// Bytes that are written to the socket in place of hyper's, after which the connection closes.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct RawResponse {
    pub(crate) bytes: Vec<u8>,
    /// How many of the bytes are written one by one.
    pub(crate) dripped: usize,
    /// The time before each of those.
    pub(crate) interval: Duration,
    /// Whether the connection is reset after them.
    pub(crate) reset: bool,
}

impl RawResponse {
    /// What to write for a response that hyper would change or refuse: one with framing headers of
    /// its own, with an informational status, with a slow head, without a head, or with a reset.
    /// Only scripts make such responses. `None` leaves the response to hyper.
    pub(crate) fn of(response: &Response<Vec<u8>>) -> Option<Self> {
        let headers = response.headers();
        let is_chunked = headers.contains_key(TRANSFER_ENCODING);
        let has_own_framing = headers.contains_key(CONTENT_LENGTH)
            || is_chunked
            || response.status().is_informational();

        let (sent, interval) = match Delivery::of(response).mode {
            DeliveryMode::Close => return None,
            DeliveryMode::Verbatim(bytes) => return Some(Self { bytes, ..Self::default() }),
            DeliveryMode::Reset { after } => return Some(Self::reset(response, after)),
            DeliveryMode::DripHead { every } => (usize::MAX, Some(every)),
            DeliveryMode::Cut { after } | DeliveryMode::Stall { after } => (after, None),
            DeliveryMode::Whole | DeliveryMode::Drip { .. } | DeliveryMode::Endless => {
                (usize::MAX, None)
            }
        };
        if !has_own_framing && interval.is_none() {
            return None;
        }

        let mut bytes = response_head(response);
        let dripped = interval.map_or(0, |_| bytes.len());

        let body = response.body();
        let body = &body[..sent.min(body.len())];
        if is_chunked {
            bytes.extend_from_slice(format!("{:x}\r\n", body.len()).as_bytes());
            bytes.extend_from_slice(body);
            bytes.extend_from_slice(b"\r\n0\r\n\r\n");
        } else {
            bytes.extend_from_slice(body);
        }

        let interval = interval.unwrap_or_default();
        Some(Self { bytes, dripped, interval, reset: false })
    }

    /// The first bytes of a response, and a reset.
    fn reset(response: &Response<Vec<u8>>, after: usize) -> Self {
        let mut bytes = response_head(response);
        bytes.extend_from_slice(response.body());
        bytes.truncate(after);

        Self { bytes, reset: true, ..Self::default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(response: http::response::Builder, mode: DeliveryMode) -> Option<String> {
        let delivery = Delivery { mode, ..Delivery::default() };
        let response = response.extension(delivery).body(b"abc".to_vec()).unwrap();
        RawResponse::of(&response).map(|raw| String::from_utf8(raw.bytes).unwrap())
    }

    #[test]
    fn the_framing_is_that_of_the_headers() {
        let both = || {
            Response::builder().header("content-length", "3").header("transfer-encoding", "chunked")
        };
        let head = "HTTP/1.1 200 OK\r\ncontent-length: 3\r\ntransfer-encoding: chunked\r\n\
                    connection: close\r\n\r\n";
        assert_eq!(
            written(both(), DeliveryMode::Whole).unwrap(),
            format!("{head}3\r\nabc\r\n0\r\n\r\n")
        );

        let cut = written(both(), DeliveryMode::Cut { after: 1 }).unwrap();
        assert_eq!(cut, format!("{head}1\r\na\r\n0\r\n\r\n"));

        let long = Response::builder().header("content-length", "9");
        let head = "HTTP/1.1 200 OK\r\ncontent-length: 9\r\nconnection: close\r\n\r\n";
        assert_eq!(written(long, DeliveryMode::Whole).unwrap(), format!("{head}abc"));

        let early = written(Response::builder().status(103), DeliveryMode::Whole).unwrap();
        assert!(early.starts_with("HTTP/1.1 103 Early Hints\r\n"), "{early}");
    }

    #[test]
    fn a_reset_may_be_anywhere() {
        let all = written(Response::builder(), DeliveryMode::Reset { after: usize::MAX }).unwrap();
        assert!(all.ends_with("content-length: 3\r\nconnection: close\r\n\r\nabc"), "{all}");
        for after in [0, 9, all.len() - 1] {
            assert_eq!(
                written(Response::builder(), DeliveryMode::Reset { after }).unwrap(),
                all[..after]
            );
        }
    }

    #[test]
    fn what_hyper_can_send_is_left_to_hyper() {
        for mode in [
            DeliveryMode::Whole,
            DeliveryMode::Cut { after: 1 },
            DeliveryMode::Endless,
            DeliveryMode::Close,
        ] {
            assert_eq!(written(Response::builder(), mode), None);
        }
    }

    #[test]
    fn a_slow_head_drips_the_head_and_not_the_body() {
        let every = Duration::from_millis(1);
        let delivery = Delivery { mode: DeliveryMode::DripHead { every }, ..Delivery::default() };
        let response = Response::builder().extension(delivery).body(b"abc".to_vec()).unwrap();
        let raw = RawResponse::of(&response).unwrap();
        assert_eq!(raw.interval, every);
        assert_eq!(&raw.bytes[raw.dripped - 4..], b"\r\n\r\nabc");
    }
}
