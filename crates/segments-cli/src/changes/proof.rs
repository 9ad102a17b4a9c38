//! Why a segment that is not in a list was unlisted.

use segments_core::Report;
use segments_core::report::Completeness;
use serde::Serialize;

/// The claim of an export from which the absence of a segment follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Proof {
    /// Every segment that was listed during the whole export is in its list.
    Complete,
    /// The same, unless a segment was archived and restored during the export.
    CompleteByCount,
    /// The list is as it was at one moment, under the same condition.
    Snapshot,
}

impl Proof {
    /// The claim that assumes least; `None` if the export has failed or claims nothing.
    pub(crate) fn of(report: &Report) -> Option<Self> {
        match (report.completeness, report.snapshot) {
            _ if !report.ended => None,
            (Completeness::Complete, _) => Some(Self::Complete),
            (_, Some(_)) => Some(Self::Snapshot),
            (Completeness::CompleteByCount, None) => Some(Self::CompleteByCount),
            _ => None,
        }
    }

    /// Its name, as events have it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Complete => "complete",
            Self::CompleteByCount => "complete_by_count",
            Self::Snapshot => "snapshot",
        }
    }
}
