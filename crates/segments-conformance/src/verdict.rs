use std::fmt;

use serde::Serialize;

/// What a client made of a situation.
///
/// Each verdict comes before those after it: a command that printed the key and half of the list
/// has leaked the key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Verdict {
    /// The API key came out, or went to another host.
    LeakedKey,
    /// It did not end in time, or printed without end.
    Hung,
    /// It failed with an exit code other than 0, or by a signal.
    Loud,
    /// It ended with exit code 0, and an id that was never listed.
    Invented,
    /// It ended with exit code 0, and fewer segments than were listed all the time.
    SilentLoss,
    /// It ended with exit code 0, and an id more than once.
    Duplicated,
    /// It ended with exit code 0, and every segment once.
    Whole,
}

impl fmt::Display for Verdict {
    /// What is wrong in silence is in capitals.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::LeakedKey => "LEAKED KEY",
            Self::Hung => "HUNG",
            Self::Loud => "loud",
            Self::Invented => "INVENTED",
            Self::SilentLoss => "SILENT LOSS",
            Self::Duplicated => "DUPLICATED",
            Self::Whole => "whole",
        })
    }
}
