//! What a response is: the order in which its faults are looked for.

use http::header::{CONTENT_ENCODING, CONTENT_LENGTH, LOCATION, TRANSFER_ENCODING};
use http::{HeaderMap, HeaderName, StatusCode, Uri};
use serde::Deserialize;

use crate::message::error::{Error, ErrorKind, ResponseError, TransportError, TransportErrorKind};
use crate::message::headers::rate_limit;
use crate::message::json::{self, Body};
use crate::message::json::{JsonError, JsonErrorKind};
use crate::message::request::ApiKey;
use crate::message::response::{Head, Page};

static REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The longest text that is kept of what a server says, in characters.
const LONGEST_TEXT: usize = 256;

/// Behind this nothing of a message is looked at, so that a long one costs nothing.
const LONGEST_READ: usize = 4096;

pub(crate) fn read(
    status: StatusCode,
    headers: &HeaderMap,
    body: &[u8],
    key: &ApiKey,
    replaces_invalid_text: bool,
) -> Result<Page, Error> {
    let raw_id = headers.get(&REQUEST_ID).map(|id| id.as_bytes().trim_ascii());
    let raw_id = raw_id.filter(|id| !id.is_empty());
    let id = raw_id.map(|id| said(&String::from_utf8_lossy(id), key));
    let error =
        |reason, message| Error::new(reason).with_response(status.as_u16(), id.clone(), message);
    let protocol = |fault| error(ErrorKind::Response(fault), None);
    let body = body.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(body);
    let is_html = body.trim_ascii_start().starts_with(b"<");
    if status != StatusCode::OK {
        let reason = refusal(status, headers, is_html, key);
        let may_pass = matches!(reason, ErrorKind::RateLimited | ErrorKind::Server);
        let hint = if may_pass { rate_limit::wait_hint(status, headers) } else { None };
        return Err(error(reason, message_of(body, key)).with_hint(hint).with_html(is_html));
    }

    if headers.contains_key(CONTENT_LENGTH) && headers.contains_key(TRANSFER_ENCODING) {
        return Err(protocol(ResponseError::Framing));
    }
    if body.is_empty() {
        return Err(protocol(ResponseError::EmptyBody));
    }
    // The first byte tells what a body is. Labels are wrong at times: JSON that is called HTML, or
    // compressed by a gateway that has unpacked it.
    if is_html {
        return Err(protocol(ResponseError::Html));
    }
    let is_encoded =
        headers.get_all(CONTENT_ENCODING).iter().any(|coding| is_coding(coding.as_bytes()));
    if is_encoded && !body.trim_ascii_start().starts_with(b"{") {
        return Err(protocol(ResponseError::Encoding));
    }
    let mut decoded = json::page(body);
    if replaces_invalid_text {
        decoded = decoded.or_else(|malformed| json::page_replacing(body, malformed));
    }
    match decoded {
        Ok(Body { message: Some(message), .. }) => {
            Err(error(ErrorKind::Response(ResponseError::Message), Some(said(&message, key))))
        }
        Ok(Body { other_list: Some(found), .. }) => {
            Err(protocol(ResponseError::NoSegments { found: Some(said(&found, key)) }))
        }
        Ok(read) => Ok(Page::new(read, Head::read(headers, id, raw_id))),
        Err(_) if is_encoded => Err(protocol(ResponseError::Encoding)),
        Err(malformed) => Err(error(not_a_page(malformed), None)),
    }
}

/// JSON that ends too early is a cut connection: where the body's end is the connection's end, no
/// HTTP client can tell the two apart.
fn not_a_page(malformed: JsonError) -> ErrorKind {
    match malformed.kind() {
        JsonErrorKind::Truncated { .. } => ErrorKind::Transport(TransportError::new(
            TransportErrorKind::Closed,
            malformed.to_string(),
        )),
        _ => ErrorKind::Response(ResponseError::Json(malformed)),
    }
}

fn refusal(status: StatusCode, headers: &HeaderMap, is_html: bool, key: &ApiKey) -> ErrorKind {
    match status.as_u16() {
        // Braze answers in JSON: this is a firewall's page, and the key never came to Braze.
        401 | 403 if is_html => ErrorKind::Response(ResponseError::Html),
        401 | 403 => ErrorKind::Refused,
        429 => ErrorKind::RateLimited,
        // What the server does not know how to do, it will not know the next time either.
        501 | 505 => ErrorKind::Response(ResponseError::Status),
        408 | 425 | 500..=599 => ErrorKind::Server,
        // 304 has no target; nothing here asks for it.
        300..=303 | 305..=399 => {
            let target = headers.get(LOCATION).and_then(|target| target.to_str().ok());
            let host =
                target.and_then(|target| Some(target.parse::<Uri>().ok()?.host()?.to_owned()));
            let host = host.map(|host| said(&host, key));
            ErrorKind::Response(ResponseError::Redirect { host })
        }
        _ => ErrorKind::Response(ResponseError::Status),
    }
}

/// The `message` of an error's body, or its `error`, which Braze's newest endpoints use.
fn message_of(body: &[u8], key: &ApiKey) -> Option<Box<str>> {
    #[derive(Deserialize)]
    struct Refusal {
        message: Option<String>,
        error: Option<String>,
    }
    let Refusal { message, error } = serde_json::from_slice(body).ok()?;
    message.or(error).map(|message| said(&message, key))
}

/// What a server said, made fit to be shown: key redacted, controls escaped, cut.
fn said(text: &str, key: &ApiKey) -> Box<str> {
    let end = text.char_indices().nth(LONGEST_READ).map_or(text.len(), |(index, _)| index);
    let text = key.redact(&text[..end]);
    if text.len() <= LONGEST_TEXT && text.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        return text.into_boxed_str();
    }
    let mut out = String::new();
    for (count, character) in text.chars().enumerate() {
        if count == LONGEST_TEXT {
            out.push('…');
            break;
        }
        if is_plain(character) {
            out.push(character);
        } else {
            out.extend(character.escape_unicode());
        }
    }
    out.into_boxed_str()
}

/// Whether a character only shows itself, and moves, hides or reorders nothing.
fn is_plain(character: char) -> bool {
    !character.is_control()
        && !matches!(character,
            '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}')
}

/// Whether a line of `Content-Encoding` names a way to compress. `none`, `UTF-8` and whatever else
/// is no coding, some servers send, and mean the body as it is.
fn is_coding(line: &[u8]) -> bool {
    const CODINGS: [&[u8]; 10] = [
        b"gzip",
        b"x-gzip",
        b"deflate",
        b"compress",
        b"x-compress",
        b"br",
        b"zstd",
        b"dcb",
        b"dcz",
        b"snappy",
    ];
    let mut named = line.split(|byte| *byte == b',').map(<[u8]>::trim_ascii);
    named.any(|name| CODINGS.iter().any(|coding| coding.eq_ignore_ascii_case(name)))
}
