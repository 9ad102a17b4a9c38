use serde::{Deserialize, Serialize};

use crate::message::response::Segment;

/// What an export hands out at once.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Batch {
    /// Segments that were not handed out before, in the order of reading. Never empty.
    Segments(Vec<Segment>),
    /// Segments that were handed out before and edited since; never in a walk, never empty.
    Updates(Vec<Update>),
}

/// A segment that was handed out before and was edited since.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Update {
    /// Which of the segments handed out it is, counted from 0.
    pub index: u32,
    /// What it is now.
    pub segment: Segment,
}
