use httparse::{EMPTY_HEADER, parse_headers};
use segments_core::{TransportError, TransportErrorKind};
use segments_transport::MAX_HEADERS;

/// The limits of hyper, for the extensions of all chunks together and for the trailers.
const MAX_EXTENSIONS: usize = 16 << 10;
const MAX_TRAILERS: usize = 16 << 10;

/// Reads a chunked body by the rules of hyper, and writes it with the plainest chunks.
#[derive(Debug, Default)]
pub(crate) struct Chunks {
    at: At,
    size: u64,
    extensions: usize,
    trailers: Vec<u8>,
    lines: usize,
}

/// What the next byte is part of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum At {
    #[default]
    Start,
    Size,
    Blank,
    Extension,
    SizeLf,
    Data,
    DataCr,
    DataLf,
    EndCr,
    EndLf,
    Trailer,
    TrailerLf,
    End,
}

impl Chunks {
    /// Whether the last chunk and the trailers have come.
    pub(crate) fn is_whole(&self) -> bool {
        self.at == At::End
    }

    /// Takes bytes that arrived and writes the plain form of them. Returns how many belong to the body.
    pub(crate) fn take(
        &mut self,
        bytes: &[u8],
        out: &mut Vec<u8>,
    ) -> Result<usize, TransportError> {
        let mut taken = 0;
        while taken < bytes.len() && self.at != At::End {
            if self.at == At::Data {
                taken += self.data(&bytes[taken..], out);
            } else {
                self.at = self.byte(bytes[taken], out)?;
                taken += 1;
            }
        }
        Ok(taken)
    }

    fn data(&mut self, bytes: &[u8], out: &mut Vec<u8>) -> usize {
        let most = usize::try_from(self.size).unwrap_or(usize::MAX);
        let length = bytes.len().min(most);
        out.extend_from_slice(&bytes[..length]);
        self.size -= length as u64;
        if self.size == 0 {
            out.extend_from_slice(b"\r\n");
            self.at = At::DataCr;
        }
        length
    }

    fn byte(&mut self, byte: u8, out: &mut Vec<u8>) -> Result<At, TransportError> {
        match (self.at, byte) {
            (At::Start | At::Size, _) if byte.is_ascii_hexdigit() => self.digit(byte),
            (At::Size | At::Blank, b' ' | b'\t') => Ok(At::Blank),
            (At::Size | At::Blank, b';') => Ok(At::Extension),
            (At::Size | At::Blank | At::Extension, b'\r') => Ok(At::SizeLf),
            (At::Extension, b'\n') => Err(broken("a line feed in an extension")),
            (At::Extension, _) => {
                self.extensions += 1;
                let fits = self.extensions < MAX_EXTENSIONS;
                fits.then_some(At::Extension).ok_or_else(|| broken("endless extensions"))
            }
            (At::SizeLf, b'\n') => {
                if self.size == 0 {
                    return Ok(At::EndCr);
                }
                out.extend_from_slice(format!("{:x}\r\n", self.size).as_bytes());
                Ok(At::Data)
            }
            (At::DataCr, b'\r') => Ok(At::DataLf),
            (At::DataLf, b'\n') => Ok(At::Start),
            (At::EndCr, b'\r') => Ok(At::EndLf),
            (At::EndLf, b'\n') => self.end(out),
            (At::EndCr | At::Trailer, _) => self.trailer(byte),
            (At::TrailerLf, b'\n') => {
                self.lines += 1;
                if self.lines > MAX_HEADERS {
                    return Err(broken("too many trailers"));
                }
                self.trailer(byte).map(|_| At::EndCr)
            }
            _ => Err(broken("the line of a size, or an end of line, is not valid")),
        }
    }

    fn digit(&mut self, byte: u8) -> Result<At, TransportError> {
        let digit = char::from(byte).to_digit(16).map(u64::from).unwrap_or_default();
        let size = self.size.checked_mul(16).and_then(|size| size.checked_add(digit));
        self.size = size.ok_or_else(|| broken("a size over 64 bits"))?;
        Ok(At::Size)
    }

    fn trailer(&mut self, byte: u8) -> Result<At, TransportError> {
        if self.trailers.len() >= MAX_TRAILERS {
            return Err(broken("endless trailers"));
        }
        self.trailers.push(byte);
        Ok(if byte == b'\r' { At::TrailerLf } else { At::Trailer })
    }

    /// The trailers are checked and dropped.
    fn end(&mut self, out: &mut Vec<u8>) -> Result<At, TransportError> {
        self.trailers.extend_from_slice(b"\r\n");
        let mut headers = [EMPTY_HEADER; MAX_HEADERS];
        parse_headers(&self.trailers, &mut headers)
            .map_err(|_| broken("a trailer is not valid"))?;
        out.extend_from_slice(b"0\r\n\r\n");
        Ok(At::End)
    }
}

fn broken(why: &str) -> TransportError {
    TransportError::new(TransportErrorKind::InvalidHttp, format!("chunks: {why}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What comes out, however the bytes are cut into pieces.
    fn read(bytes: &str) -> Result<(String, bool), TransportError> {
        let whole = pieces(bytes, bytes.len().max(1));
        for length in [1, 2, 7] {
            assert_eq!(pieces(bytes, length), whole, "{bytes:?}");
        }
        whole
    }

    fn pieces(bytes: &str, length: usize) -> Result<(String, bool), TransportError> {
        let mut chunks = Chunks::default();
        let mut out = Vec::new();
        for piece in bytes.as_bytes().chunks(length) {
            chunks.take(piece, &mut out)?;
        }
        Ok((String::from_utf8(out).unwrap(), chunks.is_whole()))
    }

    #[test]
    fn what_is_odd_and_valid_comes_out_plain() {
        let long = "x".repeat(15_000);
        for bytes in [
            "3\r\nabc\r\n0\r\n\r\n".to_owned(),
            "0003 \t\r\nabc\r\n000\r\n\r\n".to_owned(),
            format!("3;a={long}\r\nabc\r\n0\r\n\r\n"),
            format!("3\r\nabc\r\n0;b\r\nx-t: {long}\r\n\r\n"),
            "00000000000000000000003\r\nabc\r\n0\r\na: b\r\nc: d\r\n\r\n".to_owned(),
        ] {
            assert_eq!(read(&bytes).unwrap(), ("3\r\nabc\r\n0\r\n\r\n".to_owned(), true));
        }
        assert_eq!(read("A\r\n0123").unwrap(), ("a\r\n0123".to_owned(), false));
        assert!(!read("0\r\n").unwrap().1);
        let mut out = Vec::new();
        assert_eq!(Chunks::default().take(b"0\r\n\r\nmore", &mut out).unwrap(), 5);
    }

    #[test]
    fn what_is_not_valid_is_refused() {
        let long = "x".repeat(17_000);
        for bytes in [
            "\r\n".to_owned(),
            "+3\r\n".to_owned(),
            " 3\r\n".to_owned(),
            "0x3\r\n".to_owned(),
            "3 3\r\n".to_owned(),
            "3\nabc".to_owned(),
            "3;a\nabc".to_owned(),
            "3\r\nabcd".to_owned(),
            "3\r\nabc\rx".to_owned(),
            "10000000000000000\r\n".to_owned(),
            "0\r\n\rx".to_owned(),
            "0\r\nnone\r\n\r\n".to_owned(),
            format!("3;{long}\r\n"),
            format!("0\r\nx: {long}\r\n\r\n"),
            format!("0\r\n{}\r\n", "x: 1\r\n".repeat(200)),
        ] {
            assert_eq!(
                read(&bytes).unwrap_err().kind(),
                TransportErrorKind::InvalidHttp,
                "{bytes:.40?}"
            );
        }
    }
}
