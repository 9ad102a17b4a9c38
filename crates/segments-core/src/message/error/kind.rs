use crate::message::error::{NotProven, PagingError, ResponseError, TransportError};

/// The kinds of reason. Each ends the program `segments` with an exit code of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// 401 or 403: the key is not taken, or lacks the permission `segments.list`. Final.
    Refused,
    /// 429: the allowance of the workspace is used up.
    RateLimited,
    /// 408, 425 or any 5xx but 501 and 505: the server's trouble, worth another try.
    Server,
    /// There was no whole answer.
    Transport(TransportError),
    /// An answer that is no page.
    Response(ResponseError),
    /// Pages that do not fit together, or a limit on their number.
    Paging(PagingError),
    /// The time for the whole export ran out.
    Deadline,
    /// Everything was read, and does not prove what the goal promises.
    NotProven(NotProven),
    /// A whole list was asked for when parts of it had been handed out already.
    HandedOut {
        /// How many segments.
        segments: u64,
    },
}

impl ErrorKind {
    /// The kind as one word, for machines.
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
