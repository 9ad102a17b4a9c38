use crate::message::request::{InvalidEndpoint, ListRequest};

/// The longest path of an endpoint, in bytes. `http::Uri` ends at 64 KiB.
pub(super) const MAX_PATH: usize = 1024;

/// Checks the path of a base URL, and cuts off a slash at its end.
///
/// Escapes stay as they are written. Those that some server could take for a part of the path's
/// structure are refused: dots, slashes, control characters.
pub(super) fn check(path: &str) -> Result<&str, InvalidEndpoint> {
    let path = path.strip_suffix('/').unwrap_or(path);

    let is_sound = path.split('/').skip(1).all(is_sound_segment);
    if path.len() > MAX_PATH || !is_sound {
        return Err(InvalidEndpoint::Path);
    }
    // The whole URL of a request, where only its beginning is wanted.
    if path.to_ascii_lowercase().ends_with(ListRequest::PATH) {
        return Err(InvalidEndpoint::WholeAddress);
    }
    Ok(path)
}

/// Whether a segment is not empty, not `.` or `..`, and means the same to every parser.
fn is_sound_segment(segment: &str) -> bool {
    let Some(decoded) = percent_decoded(segment) else { return false };

    // A second decoding, by a server behind a server, must change nothing.
    let is_structural = |byte: &u8| byte.is_ascii_control() || b"/\\%?#".contains(byte);
    !matches!(&*decoded, b"" | b"." | b"..") && !decoded.iter().any(is_structural)
}

/// The bytes of a segment, if all its characters are allowed and all its escapes complete.
fn percent_decoded(segment: &str) -> Option<Vec<u8>> {
    let mut decoded = Vec::with_capacity(segment.len());
    let mut bytes = segment.bytes();

    while let Some(byte) = bytes.next() {
        decoded.push(match byte {
            b'%' => {
                let mut digit = || char::from(bytes.next()?).to_digit(16);
                let (high, low) = (digit()?, digit()?);
                u8::try_from(high << 4 | low).ok()?
            }
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' => byte,
            _ if b"-._~!$&'()*+,;=:@".contains(&byte) => byte,
            _ => return None,
        });
    }
    Some(decoded)
}
