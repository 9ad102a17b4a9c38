use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The order of the list, by time of creation (documented).
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum SortDirection {
    /// Oldest first.
    #[default]
    Asc,
    /// Newest first.
    Desc,
}

impl SortDirection {
    /// The value in the query: `asc` or `desc`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Asc => "asc",
            Self::Desc => "desc",
        }
    }
}

impl fmt::Display for SortDirection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for SortDirection {
    type Err = UnknownSortDirection;

    fn from_str(text: &str) -> Result<Self, UnknownSortDirection> {
        match text {
            "asc" => Ok(Self::Asc),
            "desc" => Ok(Self::Desc),
            _ => Err(UnknownSortDirection),
        }
    }
}

/// A text is neither `asc` nor `desc`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnknownSortDirection;

impl fmt::Display for UnknownSortDirection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the order must be asc (oldest first) or desc (newest first)")
    }
}

impl std::error::Error for UnknownSortDirection {}
