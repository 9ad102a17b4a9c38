use std::fmt;

/// Why a workspace was not changed. Nothing is changed when an edit fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum EditError {
    /// There is a segment with this id already, archived or not.
    Exists,
    /// There is no segment with this id.
    Unknown,
    /// The segment would not be a valid one.
    Invalid,
}

impl fmt::Display for EditError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Exists => "there is a segment with this id already",
            Self::Unknown => "there is no segment with this id",
            Self::Invalid => "the segment would not be a valid one",
        })
    }
}

impl std::error::Error for EditError {}
