use std::fmt;

use serde::{Deserialize, Serialize};

use crate::request::ListRequest;

/// A sign that the list moved while it was read, or that an answer was not as documented.
///
/// Evidence is no error: it says how far a result can be trusted, and what was overlooked on
/// purpose.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Evidence {
    /// A segment came a second time in one pass: rows moved towards the reader. It was handed out
    /// once.
    Duplicate {
        /// Its id.
        id: String,
        /// The page of the second time.
        request: ListRequest,
    },
    /// A segment came again with another name, tags or tracking. The first version was handed out.
    AttributesChanged {
        /// Its id.
        id: String,
    },
    /// A page was shorter than others although more followed.
    ShortPage {
        /// Which.
        request: ListRequest,
        /// How many segments it had.
        rows: usize,
    },
    /// A page had more than the documented 100 segments.
    LongPage {
        /// Which.
        request: ListRequest,
        /// How many it had.
        rows: usize,
    },
    /// A successful answer had no `segments` at all, and was taken for an empty page.
    SegmentsMissing {
        /// Which page.
        request: ListRequest,
    },
    /// A successful answer listed minor errors.
    MinorErrors {
        /// Which page.
        request: ListRequest,
    },
}

impl fmt::Display for Evidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Duplicate { id, request } => {
                write!(f, "{id} came a second time, with {request}")
            }
            Self::AttributesChanged { id } => write!(f, "{id} was edited meanwhile"),
            Self::ShortPage { request, rows } => {
                write!(f, "{request} had {rows} segments although more followed")
            }
            Self::LongPage { request, rows } => write!(f, "{request} had {rows} segments"),
            Self::SegmentsMissing { request } => {
                write!(f, "{request} was a success without segments, taken for an empty page")
            }
            Self::MinorErrors { request } => write!(f, "{request} listed minor errors"),
        }
    }
}

/// Evidence in the order of its coming, bounded, so that no server can fill the memory with it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct EvidenceLog {
    pub(crate) kept: Vec<Evidence>,
    pub(crate) omitted: u64,
    /// The bytes that it takes.
    pub(crate) memory: usize,
}

impl EvidenceLog {
    const MOST: usize = 1000;

    pub(crate) fn add(&mut self, evidence: Evidence) {
        if self.kept.len() < Self::MOST {
            let id = match &evidence {
                Evidence::Duplicate { id, .. } | Evidence::AttributesChanged { id } => id.len(),
                _ => 0,
            };
            self.memory = self.memory.saturating_add(size_of::<Evidence>() + id);
            self.kept.push(evidence);
        } else {
            self.omitted = self.omitted.saturating_add(1);
        }
    }
}
