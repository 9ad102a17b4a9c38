use std::time::Duration;

use segments_core::{TransportError, TransportErrorKind};

/// The most headers of a response: as many as hyper reads without allocating room for them.
pub const MAX_HEADERS: usize = 100;

/// The failure of an attempt that reached its time limit.
pub fn timed_out(limit: Duration) -> TransportError {
    let detail = format!("no whole response within {}", seconds(limit));
    TransportError::new(TransportErrorKind::Timeout, detail)
}

/// The failure of a connection that was not there in time.
pub fn not_connected(limit: Duration) -> TransportError {
    let detail = format!("no connection within {}", seconds(limit));
    TransportError::new(TransportErrorKind::Connect, detail)
}

fn seconds(limit: Duration) -> String {
    // What a deadline leaves is rarely a whole number of seconds.
    let digits = usize::from(limit.subsec_nanos() != 0);
    format!("{:.digits$} s", limit.as_secs_f64())
}

/// The failure of a head with more than [`MAX_HEADERS`].
pub fn too_many_headers() -> TransportError {
    let detail = format!("more than {MAX_HEADERS} headers");
    TransportError::new(TransportErrorKind::HeadTooLarge, detail)
}

/// The failure of a head with too many headers, or more than `limit` bytes.
pub fn head_too_large(limit: usize) -> TransportError {
    let detail = format!("more than {MAX_HEADERS} headers or {limit} bytes");
    TransportError::new(TransportErrorKind::HeadTooLarge, detail)
}

/// The failure of a body whose declared length is over the limit of bytes.
pub fn body_declared_too_large(declared: u64, limit: usize) -> TransportError {
    let detail = format!("the server declares a body of {declared} bytes, and {limit} are allowed");
    TransportError::new(TransportErrorKind::BodyTooLarge, detail)
}

/// The failure of a body that goes on after `limit` bytes.
pub fn body_too_large(limit: usize) -> TransportError {
    let detail = format!("the server sends more than the {limit} bytes that are allowed");
    TransportError::new(TransportErrorKind::BodyTooLarge, detail)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_limit_is_said_in_seconds() {
        let said = |millis| timed_out(Duration::from_millis(millis)).detail().to_owned();
        assert_eq!(said(30_000), "no whole response within 30 s");
        assert_eq!(said(29_987), "no whole response within 30.0 s");
        assert_eq!(said(300), "no whole response within 0.3 s");
    }
}
