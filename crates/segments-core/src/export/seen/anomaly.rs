use std::fmt;

use serde::{Deserialize, Serialize};

use crate::message::counted::counted;
use crate::message::headers::CacheSign;
use crate::message::request::ListRequest;

/// A sign that the list moved while it was read, or that a response was not as documented.
///
/// It is not an error: it says how far a result can be trusted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Anomaly {
    /// A segment came a second time in one pass: rows moved towards the reader. It was handed out
    /// once.
    Duplicate {
        /// Its id.
        id: String,
        /// The page on which it came again.
        request: ListRequest,
    },
    /// A segment came again with another name, tags or tracking. The first version was handed out.
    AttributesChanged {
        /// Its id.
        id: String,
    },
    /// A page was shorter than others although more followed.
    ShortPage {
        /// The page.
        request: ListRequest,
        /// How many segments it had.
        rows: usize,
    },
    /// A page had more than the documented 100 segments.
    LongPage {
        /// The page.
        request: ListRequest,
        /// How many segments it had.
        rows: usize,
    },
    /// A successful response had no `segments` at all, and was taken for an empty page.
    SegmentsMissing {
        /// The page.
        request: ListRequest,
    },
    /// A page came out of a cache, so it is older than its request. It proves nothing.
    Cached {
        /// The page.
        request: ListRequest,
        /// What shows it.
        sign: CacheSign,
    },
    /// A name or a tag held invalid text, which U+FFFD replaces.
    TextReplaced {
        /// The segment's id.
        id: String,
    },
    /// A successful response listed minor errors.
    MinorErrors {
        /// The page.
        request: ListRequest,
    },
}

impl Anomaly {
    /// The kind as one word, as serde writes it: `duplicate`, `short_page`, …
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Duplicate { .. } => "duplicate",
            Self::AttributesChanged { .. } => "attributes_changed",
            Self::ShortPage { .. } => "short_page",
            Self::LongPage { .. } => "long_page",
            Self::SegmentsMissing { .. } => "segments_missing",
            Self::Cached { .. } => "cached",
            Self::TextReplaced { .. } => "text_replaced",
            Self::MinorErrors { .. } => "minor_errors",
        }
    }
}

impl fmt::Display for Anomaly {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Duplicate { id, request } => {
                write!(f, "segment {id} appeared again, on {}", request.place())
            }
            Self::AttributesChanged { id } => {
                write!(f, "segment {id} was edited during the export")
            }
            Self::ShortPage { request, rows } => {
                let rows = counted(*rows, "segment");
                write!(f, "{} had {rows}, although more followed", request.place())
            }
            Self::LongPage { request, rows } => {
                write!(f, "{} had {}", request.place(), counted(*rows, "segment"))
            }
            Self::SegmentsMissing { request } => {
                write!(
                    f,
                    "{} reported success without the key \"segments\"; treated as empty",
                    request.place()
                )
            }
            Self::Cached { request, sign } => {
                write!(f, "{} came from a cache: {sign}", request.place())
            }
            Self::TextReplaced { id } => {
                write!(f, "segment {id} has a name or tag with invalid text, which was replaced")
            }
            Self::MinorErrors { request } => write!(f, "{} listed minor errors", request.place()),
        }
    }
}

/// Anomalies in order of arrival, bounded, so that no server can fill the memory.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct AnomalyLog {
    pub(crate) kept: Vec<Anomaly>,
    pub(crate) omitted: u64,
    /// How many segments had text that was replaced.
    #[serde(default)]
    pub(crate) replaced: u64,
    /// The bytes that it takes.
    pub(crate) memory: usize,
}

impl AnomalyLog {
    const MOST: usize = 1000;

    pub(crate) fn add(&mut self, anomalies: Anomaly) {
        if self.kept.len() < Self::MOST {
            let id = match &anomalies {
                Anomaly::Duplicate { id, .. }
                | Anomaly::AttributesChanged { id }
                | Anomaly::TextReplaced { id } => id.len(),
                _ => 0,
            };
            self.memory = self.memory.saturating_add(size_of::<Anomaly>() + id);
            self.kept.push(anomalies);
        } else {
            self.omitted = self.omitted.saturating_add(1);
        }
    }
}
