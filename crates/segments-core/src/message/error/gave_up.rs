use std::fmt;

use serde::Serialize;

/// Why a request was not retried although a retry could have helped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum GaveUp {
    /// The page has used all its attempts.
    Attempts,
    /// The export has used all its retries.
    Budget,
    /// The server asks for a longer wait than the plan allows.
    Wait,
    /// The deadline comes before the next attempt.
    Deadline,
}

/// The end of an error's sentence. [`GaveUp::Attempts`] adds nothing to the number of attempts.
impl fmt::Display for GaveUp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Attempts => "",
            Self::Budget => ", and the export has no retries left",
            Self::Wait => ", and the server asks for a longer wait than allowed",
            Self::Deadline => ", and the deadline leaves no time to try again",
        })
    }
}
