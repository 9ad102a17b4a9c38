use std::fmt;

/// A connection ended without a whole response, because a script says so.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ConnectionError {
    /// It was closed or reset before the response was whole.
    Closed,
    /// These bytes came in place of an HTTP response, and it was closed.
    NotHttp(Vec<u8>),
}

impl fmt::Display for ConnectionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Closed => "the connection was closed before the response was whole",
            Self::NotHttp(_) => "the server sent bytes that are not an HTTP response",
        })
    }
}

impl std::error::Error for ConnectionError {}
