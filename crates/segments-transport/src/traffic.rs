use std::sync::{Mutex, MutexGuard, PoisonError};

use segments_core::{TransportError, TransportErrorKind};

/// The bytes of one connection, between HTTP and TLS.
///
/// They show two things that an HTTP client does not tell: whether a connection that failed was
/// reused and brought no byte of this response, and whether the server speaks HTTP/2.
#[derive(Debug, Default)]
pub struct Traffic {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    requests: u32,
    /// A request was sent, and no byte has come since.
    waiting: bool,
    /// The first bytes that came.
    begin: Vec<u8>,
    http2: bool,
}

/// An HTTP/2 frame begins with its length (3 bytes), type, flags, and the number of a stream (4).
const FRAME_HEAD: usize = 9;

impl Traffic {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Bytes of a request are sent. Returns whether a new request begins.
    pub fn sent(&self) -> bool {
        let mut state = self.state();
        let begins = !state.waiting;
        if begins {
            state.waiting = true;
            state.requests = state.requests.saturating_add(1);
        }
        begins
    }

    /// Bytes arrived.
    ///
    /// # Errors
    /// If they are HTTP/2.
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

    /// Whether the first bytes that arrived are HTTP/2.
    pub fn is_http2(&self) -> bool {
        self.state().http2
    }

    /// Whether the connection was reused for the last request, and no byte has come since.
    pub fn is_reused_and_silent(&self) -> bool {
        let state = self.state();
        state.requests > 1 && state.waiting
    }

    /// Whether the next request would reuse the connection: one was sent, and something came since.
    pub fn is_reused(&self) -> bool {
        let state = self.state();
        state.requests > 0 && !state.waiting
    }

    /// The failure of a server that speaks only HTTP/2.
    pub fn http2_only() -> TransportError {
        let detail = "it sends HTTP/2 frames instead of an HTTP/1.1 response";
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
        // Bytes in the middle of a response are not the beginning.
        let traffic = Traffic::default();
        assert!(traffic.received(b"HTTP/1.1 200 OK\r\n\r\n").is_ok());
        assert!(traffic.received(b"\0\0\0\x04\0\0\0\0\0").is_ok());
    }

    #[test]
    fn a_reused_connection_is_told_from_a_new_one() {
        let traffic = Traffic::default();
        let told = || (traffic.is_reused(), traffic.is_reused_and_silent());
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
