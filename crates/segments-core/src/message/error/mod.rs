//! Why there is no page, or no list.
//!
//! - [`Error`] is what a caller gets, [`ErrorKind`] which kind it is.
//! - What a kind holds is named after the layer that failed: [`TransportError`], [`ResponseError`],
//!   `JsonError`, [`PagingError`], [`NotProven`].
//! - A struct that adds facts to an enum is an `…Error` with an `…ErrorKind`.

mod facts;
mod gave_up;
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
pub use kind::ErrorKind;
pub use not_proven::NotProven;
pub use paging_error::PagingError;
pub use response_error::ResponseError;
pub use transport_error::{TransportError, TransportErrorKind};

/// Why there is no page, or no list: the facts, owned.
///
/// `Display` says what happened and where, [`Error::advice`] what to do next. It never holds the
/// key, nothing of a body but the server's own `message` (key struck out, escaped, cut at 256
/// characters), and no type of another crate.
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

    /// Which kind it is.
    pub fn kind(&self) -> &ErrorKind {
        &self.facts.kind
    }

    /// Which page it is about, if one.
    pub fn request(&self) -> Option<ListRequest> {
        self.facts.request
    }

    /// How often that page was asked for; 0 outside an export.
    pub fn attempts(&self) -> u32 {
        self.facts.attempts
    }

    /// The status of the answer, if there was one.
    pub fn status(&self) -> Option<u16> {
        self.facts.status
    }

    /// The answer's `X-Request-Id`, for Braze's support.
    pub fn request_id(&self) -> Option<&str> {
        self.facts.request_id.as_deref()
    }

    /// The server's own `message`: key struck out, control characters escaped, at most 256
    /// characters.
    pub fn server_message(&self) -> Option<&str> {
        self.facts.server_message.as_deref()
    }

    /// How long the server asked to wait, counted from its answer.
    pub fn wait(&self) -> Option<Duration> {
        self.facts.hint.map(|hint| hint.wait)
    }

    /// When that wait is over, on the server's clock.
    pub fn retry_at(&self) -> Option<Timestamp> {
        self.facts.retry_at()
    }

    /// Why it was not tried again, if it could have been.
    pub fn gave_up(&self) -> Option<GaveUp> {
        self.facts.gave_up
    }

    /// Whether an export that ended like this can reach its goal from its
    /// [`Checkpoint`](crate::Checkpoint): not if its pages do not fit together, prove nothing, may
    /// have come out of a cache, or were no list of segments.
    /// What ended it may have passed then, and a limit can be raised.
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

    /// What to do next: one sentence.
    pub fn advice(&self) -> String {
        self.facts.advice()
    }
}

/// The first sentence: what happened, on which page.
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

impl std::error::Error for Error {}

/// For reports: `reason`, `text`, `advice`, and the facts that there are.
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
