use std::sync::{Mutex, MutexGuard, PoisonError};

use segments_core::{TransportError, TransportErrorKind};

/// What went over one connection, beneath HTTP and above TLS.
///
/// It tells two things that an HTTP client does not: whether a connection that failed had been kept
/// from an earlier request and brought no byte of an answer since, and whether the other side
/// speaks HTTP/2.
#[derive(Debug, Default)]
pub struct Traffic {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    requests: u32,
    waiting: bool,
    begin: Vec<u8>,
    http2: bool,
}

/// A frame of HTTP/2 begins with its length (3 bytes), type, flags, and the number of a stream (4).
const FRAME_HEAD: usize = 9;

impl Traffic {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Bytes of a request go out. Says whether it is a new one, because something came since the
    /// last ones.
    pub fn sent(&self) -> bool {
        let mut state = self.state();
        let begins = !state.waiting;
        if begins {
            state.waiting = true;
            state.requests = state.requests.saturating_add(1);
        }
        begins
    }

    /// Bytes came in.
    ///
    /// # Errors
    /// They are HTTP/2.
    pub fn received(&self, bytes: &[u8]) -> Result<(), TransportError> {
        let mut state = self.state();
        if bytes.is_empty() {
            return Ok(());
        }
        state.waiting = false;
        let missing = FRAME_HEAD.saturating_sub(state.begin.len());
        if missing > 0 {
            state.begin.extend_from_slice(&bytes[..bytes.len().min(missing)]);
            state.http2 = is_http2(&state.begin);
        }
        if state.http2 { Err(Self::http2_only()) } else { Ok(()) }
    }

    /// Whether the first bytes that came were HTTP/2.
    pub fn is_http2(&self) -> bool {
        self.state().http2
    }

    /// Whether the last request went over a connection that had served one before, and nothing came
    /// since.
    pub fn is_kept_and_silent(&self) -> bool {
        let state = self.state();
        state.requests > 1 && state.waiting
    }

    /// Whether a request was sent over it, and something came since. Whatever is asked next asks a
    /// connection that was kept.
    pub fn is_kept(&self) -> bool {
        let state = self.state();
        state.requests > 0 && !state.waiting
    }

    /// A server that speaks HTTP/2 and nothing else.
    pub fn http2_only() -> TransportError {
        let detail = "it sends frames of HTTP/2 where an answer of HTTP/1.1 should stand";
        TransportError::new(TransportErrorKind::Http2Only, detail)
    }
}

/// Whether a connection begins with the frame `SETTINGS` or `GOAWAY` of HTTP/2, or its preface.
fn is_http2(begin: &[u8]) -> bool {
    const SETTINGS: u8 = 4;
    const GOAWAY: u8 = 7;
    let [a, b, c, kind, flags, stream @ ..] = begin else { return false };
    let length = u32::from_be_bytes([0, *a, *b, *c]);
    let frame = stream.len() == 4 && stream.iter().all(|byte| *byte == 0) && *flags == 0;
    match *kind {
        SETTINGS => frame && length % 6 == 0 && length < 1 << 14,
        GOAWAY => frame && (8..1 << 14).contains(&length),
        _ => begin.starts_with(b"PRI * HTT"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_frames_that_begin_http2_are_known_byte_by_byte() {
        for begin in [
            &b"\0\0\0\x04\0\0\0\0\0"[..],
            b"\0\0\x12\x04\0\0\0\0\0\0\x03\0\0\0\x64",
            b"\0\0\x08\x07\0\0\0\0\0\0\0\0\0\0\0\0\x01",
            b"PRI * HTTP/2.0\r\n\r\n",
        ] {
            let traffic = Traffic::default();
            let first = begin.iter().position(|byte| traffic.received(&[*byte]).is_err());
            assert_eq!(first, Some(8), "{begin:?}");
            assert!(traffic.is_http2());
            assert!(Traffic::default().received(begin).is_err());
        }
    }

    #[test]
    fn other_bytes_are_not_http2() {
        for begin in [
            &b"HTTP/1.1 200 OK\r\n"[..],
            b"\0\0\x01\x04\0\0\0\0\0",
            b"\0\0\0\x04\0\0\0\0\x01",
            b"\0\0\0\x04\x01\0\0\0\0",
            b"\0\0\0\0\0\0\0\0\0",
            b"PRI",
            b"",
        ] {
            assert!(Traffic::default().received(begin).is_ok(), "{begin:?}");
        }
        // What stands in the middle of an answer is no beginning.
        let traffic = Traffic::default();
        assert!(traffic.received(b"HTTP/1.1 200 OK\r\n\r\n").is_ok());
        assert!(traffic.received(b"\0\0\0\x04\0\0\0\0\0").is_ok());
    }

    #[test]
    fn a_kept_connection_is_told_from_a_new_one() {
        let traffic = Traffic::default();
        let told = || (traffic.is_kept(), traffic.is_kept_and_silent());
        assert_eq!(told(), (false, false));
        assert!(traffic.sent() && !traffic.sent());
        assert_eq!(told(), (false, false), "a request in two pieces is one");
        traffic.received(b"HTTP/1.1 ").unwrap();
        traffic.received(b"200 OK\r\n\r\n").unwrap();
        assert_eq!(told(), (true, false));
        traffic.sent();
        assert_eq!(told(), (false, true));
        traffic.received(b"").unwrap();
        assert_eq!(told(), (false, true), "its end is not a byte");
        traffic.received(b"H").unwrap();
        assert_eq!(told(), (true, false));
    }
}
