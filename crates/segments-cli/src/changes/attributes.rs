//! What can be edited of a segment.

use std::collections::BTreeSet;

use segments_core::Segment;
use serde::{Deserialize, Serialize};

/// Name, tracking and tags. Tags are a set: their order on a page means nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Attributes {
    pub(crate) name: String,
    pub(crate) analytics_tracking_enabled: bool,
    pub(crate) tags: BTreeSet<String>,
}

impl From<&Segment> for Attributes {
    fn from(segment: &Segment) -> Self {
        Self {
            name: segment.name().to_owned(),
            analytics_tracking_enabled: segment.analytics_tracking_enabled(),
            tags: segment.tags().map(str::to_owned).collect(),
        }
    }
}
