//! Why there is no page, or no list.
//!
//! - [`Error`] is what a caller gets, [`ErrorKind`] which kind it is.
//! - What a kind holds is named after the layer that failed: [`TransportError`], [`ResponseError`],
//!   `JsonError`, [`PagingError`], [`NotProven`].
//! - A struct that adds facts to an enum is an `…Error` with an `…ErrorKind`.

mod facts;
mod gave_up;
mod io_error;
mod kind;
mod not_proven;
mod paging_error;
mod response_error;
mod transport_error;

use std::fmt;
use std::time::Duration;

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use crate::message::error::facts::Facts;
use crate::message::headers::{CacheSign, Timestamp, WaitHint};
use crate::message::request::ListRequest;

pub use gave_up::GaveUp;
pub use io_error::chain;
pub use kind::ErrorKind;
pub use not_proven::NotProven;
pub use paging_error::PagingError;
pub use response_error::ResponseError;
pub use transport_error::{TransportError, TransportErrorKind};

/// Why there is no page, or no list.
///
/// `Display` says what happened and on which page, [`Error::advice`] what to do next,
/// [`Error::kind`] is for programs. It owns its data and can be cloned, compared and serialised. It
/// never holds the key, and of a body only the server's own `message`, see
/// [`Error::server_message`].
///
/// ```
/// use segments_core::{Api, ApiKey, ErrorKind, Instance};
///
/// let api = Api::new(Instance::Us01.into(), ApiKey::new("a-rest-api-key")?);
/// let response = http::Response::builder()
///     .status(401)
///     .body(r#"{"message":"Invalid API key: a-rest-api-key"}"#)?;
///
/// let error = api.read(&response).unwrap_err();
/// assert_eq!(*error.kind(), ErrorKind::Refused);
/// assert_eq!(error.server_message(), Some("Invalid API key: ***"));
/// assert!(error.advice().starts_with("check that the key is complete"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Error {
    facts: Box<Facts>,
}

impl Error {
    pub(crate) fn new(kind: ErrorKind) -> Self {
        Self { facts: Box::new(Facts::new(kind)) }
    }

    pub(crate) fn with_kind(mut self, kind: ErrorKind) -> Self {
        self.facts.kind = kind;
        self
    }

    pub(crate) fn with_response(
        mut self,
        status: u16,
        request_id: Option<Box<str>>,
        server_message: Option<Box<str>>,
    ) -> Self {
        self.facts.status = Some(status);
        self.facts.request_id = request_id;
        self.facts.server_message = server_message;
        self
    }

    pub(crate) fn with_html(mut self, html: bool) -> Self {
        self.facts.html = html;
        self
    }

    pub(crate) fn with_hint(mut self, hint: Option<WaitHint>) -> Self {
        self.facts.hint = hint;
        self
    }

    pub(crate) fn on(mut self, request: ListRequest, attempts: u32) -> Self {
        self.facts.request = Some(request);
        self.facts.attempts = attempts;
        self
    }

    pub(crate) fn with_gave_up(mut self, gave_up: GaveUp) -> Self {
        self.facts.gave_up = Some(gave_up);
        self
    }

    /// The kind of error.
    pub fn kind(&self) -> &ErrorKind {
        &self.facts.kind
    }

    /// The page that it is about, if it is about one.
    pub fn request(&self) -> Option<ListRequest> {
        self.facts.request
    }

    /// How many attempts were made for that page; 0 outside of an export.
    pub fn attempts(&self) -> u32 {
        self.facts.attempts
    }

    /// The status of the response, if there was one.
    pub fn status(&self) -> Option<u16> {
        self.facts.status
    }

    /// The response's `X-Request-Id`, for Braze's support. Not documented; it is on every recorded
    /// response.
    pub fn request_id(&self) -> Option<&str> {
        self.facts.request_id.as_deref()
    }

    /// The `message` of the response's body, as documented for errors: the key redacted (Braze's
    /// 401 has repeated it), control characters escaped, at most 256 characters.
    pub fn server_message(&self) -> Option<&str> {
        self.facts.server_message.as_deref()
    }

    /// How long the server asked to wait, counted from its response. From `Retry-After`, or on a
    /// 429 from the `X-RateLimit-*` headers.
    pub fn wait(&self) -> Option<Duration> {
        self.facts.hint.map(|hint| hint.wait)
    }

    /// The end of that wait, on the server's clock; `None` if the response has no `Date`.
    pub fn retry_at(&self) -> Option<Timestamp> {
        self.facts.retry_at()
    }

    /// Why the request was not retried, if a retry could have helped.
    pub fn gave_up(&self) -> Option<GaveUp> {
        self.facts.gave_up
    }

    /// Whether an export that ended like this can reach its goal when it is resumed from its
    /// [`Checkpoint`](crate::Checkpoint), later or with a higher limit.
    ///
    /// No if its pages contradict each other, prove nothing, may have come out of a cache, or are not
    /// a list of segments.
    pub fn is_resumable(&self) -> bool {
        match &self.facts.kind {
            ErrorKind::Paging(error) => error.is_limit(),
            ErrorKind::NotProven(_)
            | ErrorKind::Response(
                ResponseError::Cached(CacheSign::RepeatedRequestId)
                | ResponseError::NoSegments { found: None },
            ) => false,
            _ => true,
        }
    }

    /// What to do next: one sentence, without a capital and a full stop.
    pub fn advice(&self) -> String {
        self.facts.advice()
    }
}

/// What happened and on which page: one sentence, without a capital and a full stop.
impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.facts.fmt(f)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("kind", &self.facts.kind)
            .field("text", &self.to_string())
            .finish()
    }
}

/// The source is what [`Error::kind`] holds, down to a [`TransportError`] or a
/// [`JsonError`](crate::error::JsonError). `Display` says the same already, so a text of the whole
/// chain repeats it.
impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.facts.kind {
            ErrorKind::Transport(error) => Some(error),
            ErrorKind::Response(error) => Some(error),
            ErrorKind::Paging(error) => Some(error),
            ErrorKind::NotProven(reason) => Some(reason),
            ErrorKind::Refused
            | ErrorKind::RateLimited
            | ErrorKind::Server
            | ErrorKind::Deadline
            | ErrorKind::HandedOut { .. } => None,
        }
    }
}

/// For reports: `reason` ([`ErrorKind::name`]), `text`, `advice`, and every fact, `null` if
/// unknown.
impl Serialize for Error {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let facts = &*self.facts;
        let direction = facts.request.and_then(|request| request.sort_direction);

        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("reason", facts.kind.name())?;
        map.serialize_entry("text", &self.to_string())?;
        map.serialize_entry("advice", &self.advice())?;
        map.serialize_entry("page", &facts.request.map(|request| request.page))?;
        map.serialize_entry("sort_direction", &direction)?;
        map.serialize_entry("attempts", &facts.attempts)?;
        map.serialize_entry("status", &facts.status)?;
        map.serialize_entry("request_id", &facts.request_id)?;
        map.serialize_entry("server_message", &facts.server_message)?;
        map.serialize_entry("retry_at", &facts.retry_at())?;
        map.serialize_entry("gave_up", &facts.gave_up)?;
        map.end()
    }
}
