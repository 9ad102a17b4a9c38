use serde::{Deserialize, Serialize};

use crate::export::seen::interval::Interval;

/// What an export claims about the completeness of its list: see the [guarantees](crate::guarantees#theorems).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Completeness {
    /// Every segment that was listed during the whole interval is there: proven by theorem 1 or 3, or
    /// by theorem 4 of a snapshot.
    Complete,
    /// The same, unless a segment was archived and restored within the interval: theorem 2.
    CompleteByCount,
    /// Nothing was promised, and nothing is claimed.
    #[default]
    Unverified,
    /// Not proven, because the export has failed or has not ended yet.
    NotProven,
}

/// A claim that a list is as it was at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SnapshotClaim {
    /// The moment lies in this interval.
    pub as_of: Interval,
    /// How strong the claim is.
    pub strength: Strength,
}

/// How strong a snapshot is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Strength {
    /// As many segments as the list was long were seen before and after its moment: theorem 5.
    Counted,
    /// Also, two passes around that moment gave the same sequence with the same attributes: theorem 6.
    Clean,
    /// The whole list came in one response, and the page behind it was empty: theorem 4.
    Atomic,
}

/// What the order of a list rests on: theorem 7. It is the order of creation, or its reverse.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum OrderBasis {
    /// Segments are in the order in which they were read, and nothing is claimed.
    #[default]
    AsRead,
    /// Pages show who comes before whom: all segments that were listed during the whole interval
    /// are in their order, and all of a snapshot.
    Neighbours,
    /// No page shows the order of some of them, but a pass in each direction shows the same.
    Passes,
    /// No page shows the order of some of them, and no two passes agree: they are where they were
    /// read last.
    Guess,
}

/// What a claim takes for granted: see the [guarantees](crate::guarantees#assumptions).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Assumption {
    /// A page shows a part of the list as it was at one moment.
    AtomicPage,
    /// The order is total and stable, and descending is ascending reversed.
    StableOrder,
    /// A short page is the end of the list.
    ShortPageIsEnd,
    /// No segment was archived and later restored within the interval.
    NoArchiveAndRestore,
}

/// A place where no page shows two neighbours side by side.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct UnprovenGap {
    /// The older neighbour; none at the head of the list.
    pub after: Option<String>,
    /// The newer neighbour; none at its tail.
    pub before: Option<String>,
}
