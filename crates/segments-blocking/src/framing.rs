use std::mem;

use httparse::{EMPTY_HEADER, Header, Response, Status};
use segments_core::{TransportError, TransportErrorKind};
use segments_transport::{MAX_HEADERS, too_many_headers};

use crate::chunks::Chunks;

/// A longer head is passed to ureq as far as it came, which refuses it by its length.
const MAX_HEAD: usize = 256 << 10;

/// Rewrites the bytes of a server so that ureq reads them as hyper would: without interim responses,
/// and with chunks in their plainest form. Bytes that are not HTTP are not rewritten.
#[derive(Debug, Default)]
pub(crate) struct Framing {
    part: Part,
    /// A head that has not come to its end.
    head: Vec<u8>,
    /// The bytes for ureq.
    ready: Vec<u8>,
}

#[derive(Debug, Default)]
enum Part {
    #[default]
    Head,
    Chunks(Chunks),
    /// A body with a length or up to the end of the connection, and any bytes after a body.
    Plain,
    /// The same, and nothing before it was rewritten: ureq reads all of it where it arrives.
    Unchanged,
}

impl Framing {
    /// The next bytes are the response to another request.
    pub(crate) fn begin(&mut self) {
        self.part = Part::Head;
        self.head.clear();
        // Its room is that of one read, and kept for the next response.
        self.ready.clear();
    }

    /// Whether the bytes since the last request are for ureq as they arrive. It is found with the head,
    /// whose bytes are then not taken.
    pub(crate) fn is_unchanged(&self) -> bool {
        matches!(self.part, Part::Unchanged)
    }

    /// Takes bytes that arrived, unless it finds that they need no change.
    pub(crate) fn take(&mut self, bytes: &[u8]) -> Result<(), TransportError> {
        match &mut self.part {
            Part::Head if self.head.is_empty() => self.read_head(bytes, true),
            Part::Head => {
                let mut begun = mem::take(&mut self.head);
                begun.extend_from_slice(bytes);
                self.read_head(&begun, false)
            }
            Part::Chunks(chunks) => {
                let taken = chunks.take(bytes, &mut self.ready)?;
                if chunks.is_whole() {
                    self.part = Part::Plain;
                }
                self.ready.extend_from_slice(&bytes[taken..]);
                Ok(())
            }
            Part::Plain => {
                self.ready.extend_from_slice(bytes);
                Ok(())
            }
            Part::Unchanged => Ok(()),
        }
    }

    /// Takes the end of the connection. ureq decides whether that cuts a response, except in chunks,
    /// whose end it does not insist on.
    pub(crate) fn take_end(&mut self) -> Result<(), TransportError> {
        match self.part {
            Part::Head => {
                self.ready.append(&mut self.head);
                Ok(())
            }
            Part::Chunks(_) => {
                Err(TransportError::new(TransportErrorKind::Closed, "the last chunk has not come"))
            }
            Part::Plain | Part::Unchanged => Ok(()),
        }
    }

    /// The bytes for ureq.
    pub(crate) fn ready(&mut self) -> &mut Vec<u8> {
        &mut self.ready
    }

    /// Reads bytes from the beginning of a head on, of which nothing was taken before if they are
    /// `untouched`.
    fn read_head(&mut self, mut bytes: &[u8], mut untouched: bool) -> Result<(), TransportError> {
        while !bytes.is_empty() {
            let mut headers = [EMPTY_HEADER; MAX_HEADERS];
            let mut response = Response::new(&mut headers);
            let (length, part) = match response.parse(bytes) {
                Ok(Status::Partial) if bytes.len() < MAX_HEAD => {
                    self.head.extend_from_slice(bytes);
                    return Ok(());
                }
                // ureq allows a few more than hyper.
                Err(httparse::Error::TooManyHeaders) => return Err(too_many_headers()),
                Ok(Status::Partial) | Err(_) => (bytes.len(), Part::Plain),
                Ok(Status::Complete(length)) if is_interim(response.code) => {
                    bytes = &bytes[length..];
                    untouched = false;
                    continue;
                }
                Ok(Status::Complete(length)) => (length, body(&response)?),
            };

            if untouched && matches!(part, Part::Plain) {
                self.part = Part::Unchanged;
                return Ok(());
            }

            let (head, rest) = bytes.split_at(length);
            self.ready.extend_from_slice(head);
            self.part = part;
            return self.take(rest);
        }
        Ok(())
    }
}

/// After 101 the connection is not HTTP any more.
fn is_interim(code: Option<u16>) -> bool {
    matches!(code, Some(100 | 102..=199))
}

fn body(response: &Response<'_, '_>) -> Result<Part, TransportError> {
    let codings = |header: &&Header<'_>| header.name.eq_ignore_ascii_case("transfer-encoding");
    let mut lines = response.headers.iter().filter(codings).peekable();
    let empty = matches!(response.code, Some(101 | 204 | 304));
    if empty || lines.peek().is_none() {
        return Ok(Part::Plain);
    }

    let broken = |why: &str| Err(TransportError::new(TransportErrorKind::InvalidHttp, why));
    if response.version == Some(0) {
        return broken("HTTP/1.0 with a Transfer-Encoding");
    }

    let lines: Vec<_> = lines.map(|header| String::from_utf8_lossy(header.value)).collect();
    let mut names = lines.iter().flat_map(|line| line.split(',')).map(str::trim);
    let is_chunked = |name: &str| name.eq_ignore_ascii_case("chunked");
    if names.clone().next_back().is_some_and(is_chunked) {
        return Ok(Part::Chunks(Chunks::default()));
    }
    if names.any(is_chunked) {
        return broken("a Transfer-Encoding in which chunked is not the last");
    }
    Ok(Part::Plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What ureq is shown, however the bytes are cut into pieces.
    fn shown(bytes: &str) -> Result<String, TransportErrorKind> {
        let read = |length| {
            let mut framing = Framing::default();
            let mut unchanged = Vec::new();
            for piece in bytes.as_bytes().chunks(length) {
                framing.take(piece).map_err(|failure| failure.kind())?;
                if framing.is_unchanged() {
                    unchanged.extend_from_slice(piece);
                }
            }
            framing.take_end().map_err(|failure| failure.kind())?;

            let rewritten = std::mem::take(framing.ready());
            assert!(unchanged.is_empty() || rewritten.is_empty(), "{bytes:?}");
            Ok(String::from_utf8([rewritten, unchanged].concat()).unwrap())
        };
        let whole = read(bytes.len());
        for length in [1, 3] {
            assert_eq!(read(length), whole, "{bytes:?}");
        }
        whole
    }

    #[test]
    fn what_needs_no_change_is_left_where_it_is() {
        let page = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}";
        let chunks = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}\r\n";
        let interim = "HTTP/1.1 100 Continue\r\n\r\n";
        let mut framing = Framing::default();
        for (bytes, expected) in [
            (page, true),
            (&[interim, page].concat(), false),
            ("SSH-2.0-x\r\n\r\n", true),
            (chunks, false),
            (&page[..20], false),
            (page, true),
        ] {
            framing.begin();
            framing.take(bytes.as_bytes()).unwrap();
            assert_eq!(framing.is_unchanged(), expected, "{bytes:?}");
        }
    }

    #[test]
    fn interim_responses_are_left_out() {
        let page = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}";
        for interim in [
            "HTTP/1.1 100 Continue\r\n\r\n",
            "HTTP/1.1 100 Continue\r\nx-a: b\r\n\r\n",
            "HTTP/1.1 103 Early Hints\r\nlink: </a>\r\nlink: </b>\r\n\r\n",
        ] {
            assert_eq!(shown(&[interim, interim, page].concat()).as_deref(), Ok(page));
        }
        let upgraded = "HTTP/1.1 101 Switching Protocols\r\n\r\nbytes";
        assert_eq!(shown(upgraded).as_deref(), Ok(upgraded));
    }

    #[test]
    fn what_is_no_http_and_what_is_cut_is_handed_on() {
        for bytes in ["SSH-2.0-x\r\n\r\n", "HTTP/1.1 2", "HTTP/1.1 200 OK\r\nx: y\r\n"] {
            assert_eq!(shown(bytes).as_deref(), Ok(bytes));
        }
    }

    #[test]
    fn more_headers_than_hyper_takes_are_refused() {
        let headers = |count| format!("HTTP/1.1 200 OK\r\n{}\r\n", "x: 1\r\n".repeat(count));

        let most = headers(MAX_HEADERS);
        assert_eq!(shown(&most), Ok(most.clone()));
        assert_eq!(shown(&headers(MAX_HEADERS + 1)), Err(TransportErrorKind::HeadTooLarge));
    }

    #[test]
    fn chunks_are_made_plain_and_what_is_behind_them_stays() {
        let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, Chunked\r\n\r\n";
        let odd = [head, "002;x=y\r\n{}\r\n0\r\nx-t: a\r\n\r\nmore"].concat();
        let plain = [head, "2\r\n{}\r\n0\r\n\r\nmore"].concat();
        assert_eq!(shown(&odd), Ok(plain));
        assert_eq!(shown(&[head, "2\r\n{}\r\n0\r\n"].concat()), Err(TransportErrorKind::Closed));
        for line in ["chunked, identity", "chunked\r\ntransfer-encoding: gzip"] {
            let head = format!("HTTP/1.1 200 OK\r\ntransfer-encoding: {line}\r\n\r\n");
            assert_eq!(shown(&head), Err(TransportErrorKind::InvalidHttp), "{line}");
        }
        let old = "HTTP/1.0 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
        assert_eq!(shown(old), Err(TransportErrorKind::InvalidHttp));
    }
}
