use std::fmt;

use serde::Serialize;

/// Why a request that could have been sent again was not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum GaveUp {
    /// The page had all its attempts.
    Attempts,
    /// The export had all its retries.
    Budget,
    /// The server asks for a longer wait than allowed.
    Wait,
    /// The deadline comes before the next attempt could.
    Deadline,
}

/// The end of a sentence; the number of attempts says enough of [`GaveUp::Attempts`].
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
