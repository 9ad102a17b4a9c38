use std::fmt;

use serde::{Deserialize, Serialize};

use crate::message::counted::counted;
use crate::message::request::ListRequest;

/// Why a goal was not reached. The [`Report`](crate::Report) has the details.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum NotProven {
    /// Some neighbours were never seen side by side in a response, so that others may be between
    /// them.
    Gaps {
        /// How many pairs.
        gaps: usize,
    },
    /// Judging by its number of pages, the list has segments that were not seen.
    Missing {
        /// How many at least.
        segments: u64,
    },
    /// A page was shorter than others, although more followed: the server leaves segments out of
    /// its pages, so that they cannot be counted.
    ShortPage {
        /// The page.
        request: ListRequest,
        /// How many segments it had.
        rows: usize,
    },
    /// Responses contradict each other about the order of segments: the server ignores
    /// `sort_direction`, or its order is not stable.
    OrderContradicted,
    /// No two passes in a row agreed: the list changed during every one.
    NotStabilised {
        /// How many passes.
        passes: u32,
    },
}

impl NotProven {
    pub(crate) fn advice(&self) -> &'static str {
        match self {
            Self::OrderContradicted => {
                "look for a proxy or gateway that drops the query; a walk reads such a list \
                 without proof"
            }
            Self::ShortPage { .. } => {
                "run again; if it persists, the server leaves segments out of its pages, and a \
                 walk reads such a list without proof"
            }
            Self::Gaps { .. } | Self::Missing { .. } | Self::NotStabilised { .. } => {
                "run again when fewer segments are being created and archived"
            }
        }
    }
}

impl std::error::Error for NotProven {}

impl fmt::Display for NotProven {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Gaps { gaps: 1 } => f.write_str(
                "not proven complete: one pair of neighbours was never seen side by side",
            ),
            Self::Gaps { gaps } => {
                write!(
                    f,
                    "not proven complete: {gaps} pairs of neighbours were never seen side by side"
                )
            }
            Self::Missing { segments } => {
                let were = if *segments == 1 { "was" } else { "were" };
                write!(
                    f,
                    "not proven complete: judging by its number of pages, the list has at least {} \
                     that {were} not seen",
                    counted(*segments, "segment")
                )
            }
            Self::ShortPage { request, rows } => {
                write!(f, "not proven complete: {}", request.place())?;
                write!(f, " had {}, although more followed", counted(*rows, "segment"))
            }
            Self::OrderContradicted => f.write_str(
                "not proven complete: responses contradict each other about the order, or the \
                 server ignores sort_direction",
            ),
            Self::NotStabilised { passes } => {
                let passes = counted(*passes, "pass");
                write!(f, "no snapshot: no two passes in a row agreed ({passes})")
            }
        }
    }
}
