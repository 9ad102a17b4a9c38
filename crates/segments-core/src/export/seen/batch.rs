use serde::{Deserialize, Serialize};

use crate::message::response::Segment;

/// Segments that an export hands out together.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Batch {
    /// New segments, in the order of reading. Never empty.
    Segments(Vec<Segment>),
    /// Segments that were edited since they were handed out. Never in a walk, never empty.
    Updates(Vec<Update>),
}

/// A segment that was edited since it was handed out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Update {
    /// Its position among the segments that were handed out, from 0.
    pub index: u32,
    /// Its present content.
    pub segment: Segment,
}
