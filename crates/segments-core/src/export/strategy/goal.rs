use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// What an export is to promise about its list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Goal {
    /// Every page once, in order, each segment once. Segments can be missing if the list changes
    /// meanwhile, as with every client that reads by page number.
    Walk,
    /// Every segment that was listed from the first request to the last response, proven. Costs
    /// about twice the requests of a walk.
    #[default]
    Complete,
    /// The list as it was at one moment, which the report names.
    Snapshot,
}

impl fmt::Display for Goal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Walk => "walk",
            Self::Complete => "complete",
            Self::Snapshot => "snapshot",
        })
    }
}

impl FromStr for Goal {
    type Err = UnknownGoal;

    fn from_str(text: &str) -> Result<Self, UnknownGoal> {
        match text {
            "walk" => Ok(Self::Walk),
            "complete" => Ok(Self::Complete),
            "snapshot" => Ok(Self::Snapshot),
            _ => Err(UnknownGoal),
        }
    }
}

/// A text names no [`Goal`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnknownGoal;

impl fmt::Display for UnknownGoal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the goal must be walk, complete or snapshot")
    }
}

impl std::error::Error for UnknownGoal {}
