use crate::message::error::{NotProven, PagingError, ResponseError, TransportError};

/// The kind of an [`Error`](crate::Error).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// 401 or 403: the key is unknown, or lacks the permission `segments.list`; Braze documents
    /// both for both. Final.
    Refused,
    /// 429: the quota is used up, or a limiter in front of Braze sees too many requests. Retried.
    RateLimited,
    /// 408, 425, or any 5xx except 501 and 505. Retried.
    Server,
    /// There is no complete response. Most kinds are retried.
    Transport(TransportError),
    /// The response is not a page.
    Response(ResponseError),
    /// The pages are not a list, or there are more than the plan allows.
    Paging(PagingError),
    /// The export reached the plan's deadline.
    Deadline,
    /// Every page was read, but they do not prove what the goal promises.
    NotProven(NotProven),
    /// A whole list was requested after parts of it had been handed out.
    HandedOut {
        /// How many segments had been handed out.
        segments: u64,
    },
}

impl ErrorKind {
    /// The kind as one word, as in reports: `refused`, `rate_limited`, …
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Refused => "refused",
            Self::RateLimited => "rate_limited",
            Self::Server => "server",
            Self::Transport(_) => "transport",
            Self::Response(_) => "protocol",
            Self::Paging(_) => "paging",
            Self::Deadline => "deadline",
            Self::NotProven(_) => "not_proven",
            Self::HandedOut { .. } => "handed_out",
        }
    }
}
