//! Whether a response is a page: status, framing, encoding, and the `message` of its body.

use http::header::{CONTENT_ENCODING, CONTENT_LENGTH, TRANSFER_ENCODING};
use http::{HeaderMap, StatusCode};

use crate::message::error::{Error, ErrorKind, ResponseError, TransportError, TransportErrorKind};
use crate::message::headers::WaitHint;
use crate::message::json::{self, Body, JsonError, JsonErrorKind};
use crate::message::request::ApiKey;
use crate::message::response::Page;
use crate::message::response::head::{Head, RequestId};
use crate::message::response::server_text::sanitized;
use crate::message::response::status;

/// A response whose body has not been decoded.
pub(crate) struct Envelope<'a> {
    status: StatusCode,
    headers: &'a HeaderMap,
    /// Without a byte order mark.
    body: &'a [u8],
    /// To be redacted from everything that the server says.
    key: &'a ApiKey,
    request_id: Option<RequestId>,
    /// The body begins like HTML.
    is_html: bool,
}

impl<'a> Envelope<'a> {
    pub(crate) fn new(
        status: StatusCode,
        headers: &'a HeaderMap,
        body: &'a [u8],
        key: &'a ApiKey,
    ) -> Self {
        let body = body.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(body);
        let request_id = RequestId::read(headers, key);
        let is_html = body.trim_ascii_start().starts_with(b"<");
        Self { status, headers, body, key, request_id, is_html }
    }

    /// Decodes the page, if this is one. The order of the checks decides which error is reported.
    pub(crate) fn into_page(self, replaces_invalid_text: bool) -> Result<Page, Error> {
        if self.status != StatusCode::OK {
            return Err(self.status_error());
        }
        self.check_framing().map_err(|error| self.error(ErrorKind::Response(error)))?;

        let is_encoded = self.is_encoded();
        if is_encoded && !self.body.trim_ascii_start().starts_with(b"{") {
            return Err(self.error(ErrorKind::Response(ResponseError::Encoding)));
        }

        let mut decoded = json::page(self.body);
        if replaces_invalid_text {
            decoded = decoded.or_else(|error| json::page_replacing(self.body, error));
        }
        match decoded {
            Ok(body) => self.page(body),
            Err(_) if is_encoded => Err(self.error(ErrorKind::Response(ResponseError::Encoding))),
            Err(error) => Err(self.error(json_error(error))),
        }
    }

    /// A status other than 200, with what the server says about it.
    fn status_error(&self) -> Error {
        let kind = status::error_kind(self.status, self.headers, self.is_html, self.key);
        let may_pass = matches!(kind, ErrorKind::RateLimited | ErrorKind::Server);
        let hint = if may_pass { WaitHint::of_failure(self.status, self.headers) } else { None };

        let message = status::message(self.body).map(|message| sanitized(&message, self.key));
        self.error_with_message(kind, message).with_hint(hint).with_html(self.is_html)
    }

    fn check_framing(&self) -> Result<(), ResponseError> {
        let has = |name| self.headers.contains_key(name);

        if has(CONTENT_LENGTH) && has(TRANSFER_ENCODING) {
            return Err(ResponseError::Framing);
        }
        if self.body.is_empty() {
            return Err(ResponseError::EmptyBody);
        }
        // The first byte decides, because `Content-Type` is sometimes wrong.
        if self.is_html {
            return Err(ResponseError::Html);
        }
        Ok(())
    }

    /// Whether a header says that the body is compressed. Some gateways decompress it and leave the
    /// header, so the body may be JSON all the same.
    fn is_encoded(&self) -> bool {
        let mut lines = self.headers.get_all(CONTENT_ENCODING).iter();
        lines.any(|line| names_a_coding(line.as_bytes()))
    }

    /// A page, unless the body reports a failure or holds another list.
    fn page(self, body: Body) -> Result<Page, Error> {
        if let Some(message) = &body.message {
            let message = sanitized(message, self.key);
            let kind = ErrorKind::Response(ResponseError::Message);
            return Err(self.error_with_message(kind, Some(message)));
        }
        if let Some(key) = &body.other_list {
            let found = Some(sanitized(key, self.key));
            return Err(self.error(ErrorKind::Response(ResponseError::NoSegments { found })));
        }

        Ok(Page::new(body, Head::read(self.headers, self.request_id)))
    }

    fn error(&self, kind: ErrorKind) -> Error {
        self.error_with_message(kind, None)
    }

    fn error_with_message(&self, kind: ErrorKind, message: Option<Box<str>>) -> Error {
        let request_id = self.request_id.as_ref().map(|id| id.text.clone());
        Error::new(kind).with_response(self.status.as_u16(), request_id, message)
    }
}

/// Truncated JSON is a lost connection: where a body ends with its connection, no HTTP client can
/// tell the two apart.
fn json_error(error: JsonError) -> ErrorKind {
    match error.kind() {
        JsonErrorKind::Truncated { .. } => {
            ErrorKind::Transport(TransportError::new(TransportErrorKind::Closed, error.to_string()))
        }
        _ => ErrorKind::Response(ResponseError::Json(error)),
    }
}

/// Whether a line of `Content-Encoding` names a compression. Some servers send `none`, `UTF-8` and the
/// like for a body that is not compressed.
fn names_a_coding(line: &[u8]) -> bool {
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
