use std::fmt;

use serde::Serialize;

/// What a transport reports when a request ended without an answer.
///
/// ```
/// use segments_core::{Failure, FailureKind};
///
/// let failure = Failure::new(FailureKind::Connect, "connection refused");
/// assert_eq!(failure.to_string(), "no connection (connection refused)");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Failure {
    kind: FailureKind,
    detail: Box<str>,
}

impl Failure {
    /// A failure of this kind; `detail` is the transport's own short words, or empty.
    ///
    /// The key is struck out of `detail` before it is kept in an [`Error`](crate::Error).
    pub fn new(kind: FailureKind, detail: impl Into<String>) -> Self {
        Self { kind, detail: detail.into().into_boxed_str() }
    }

    /// The kind.
    pub const fn kind(&self) -> FailureKind {
        self.kind
    }

    /// The transport's words.
    pub fn detail(&self) -> &str {
        &self.detail
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.kind.fmt(f)?;
        if self.detail.is_empty() { Ok(()) } else { write!(f, " ({})", self.detail) }
    }
}

impl std::error::Error for Failure {}

/// How a request can end without an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum FailureKind {
    /// The host's name was not resolved. Tried again.
    Dns,
    /// No connection came about. Tried again.
    Connect,
    /// TLS failed: a certificate, a protocol version. Final: trying again would not help.
    Tls,
    /// The proxy did not let it through. Tried again.
    Proxy,
    /// The time for one try ran out. Tried again.
    Timeout,
    /// The connection ended before the answer was whole. Tried again.
    Closed,
    /// A connection that was kept for reuse had been closed by the server, and it showed before any
    /// byte of an answer came. Sent again at once, and it costs no attempt; an attempt that meets
    /// it twice counts as [`Closed`](Self::Closed).
    StaleConnection,
    /// The body is longer than allowed. Final.
    BodyTooLarge,
    /// The head is longer than allowed. Final.
    HeadTooLarge,
    /// The answer is not HTTP. Tried once more.
    Malformed,
    /// Anything else. Tried again.
    Other,
}

impl fmt::Display for FailureKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Dns => "the host's name was not resolved",
            Self::Connect => "no connection",
            Self::Tls => "TLS failed",
            Self::Proxy => "the proxy refused",
            Self::Timeout => "no answer in time",
            Self::Closed => "the connection ended before the answer was whole",
            Self::StaleConnection => "the server had closed the connection that was kept",
            Self::BodyTooLarge => "the answer's body is larger than allowed",
            Self::HeadTooLarge => "the answer's head is larger than allowed",
            Self::Malformed => "the answer is not valid HTTP",
            Self::Other => "the transport failed",
        })
    }
}
