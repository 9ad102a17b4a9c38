use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize, Serializer};

use crate::export::plan::Goal;
use crate::export::seen::anomaly::Anomaly;
use crate::export::strategy::snapshot::Strength;
use crate::message::request::SortDirection;
use crate::message::timestamp::Timestamp;

/// What an export did and what its list rests on. `Display` is one sentence for people, serde
/// writes the whole for machines.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Report {
    /// What was promised.
    pub goal: Goal,
    /// The order in which it was read.
    pub sort_direction: SortDirection,
    /// What is known of the list's completeness. Nothing is claimed before the end, and nothing
    /// after an error: see [`Report::without_claims`].
    pub completeness: Completeness,
    /// The moment of which the list is a picture, if it is one.
    pub snapshot: Option<SnapshotClaim>,
    /// What both rest on.
    pub assumptions: Vec<Assumption>,
    /// Where it is written what both mean, in this project's documentation.
    pub guarantees: Vec<&'static str>,
    /// Whether the end was reached without an error.
    pub ended: bool,
    /// Passes through the list.
    pub passes: u32,
    /// Segments of the list that came to light only after the first pass: it missed them, or they
    /// were created or restored behind it.
    pub missed_by_first_pass: u64,
    /// Ids of segments that are proven to have been unlisted at some moment of the interval.
    pub unlisted_meanwhile: Vec<String>,
    /// Ids of segments whose attributes changed around the moment of the snapshot.
    pub edited_meanwhile: Vec<String>,
    /// Places where no answer shows two neighbours side by side, if that is why completeness is not
    /// proven.
    pub gaps: Vec<UnprovenGap>,
    /// The order of creation: numbers of segments in the order in which they were handed out. Not
    /// known after a walk, whose segments are handed out in order.
    #[serde(skip)]
    pub order: Option<Vec<u32>>,
    /// What that order rests on.
    pub order_basis: OrderBasis,
    /// Segments, each counted once.
    pub segments: u64,
    /// Pages that were read.
    pub pages: u64,
    /// Requests, retries included.
    pub requests: u64,
    /// Requests that were sent again.
    pub retries: u64,
    /// Requests that were sent anew, at no cost, because the server had closed the connection that
    /// was kept for reuse.
    pub stale_connections: u64,
    /// Waits for a retry, for the rate limit, or before an empty list was asked for again.
    pub waits: u64,
    /// How long they were together, in seconds.
    #[serde(serialize_with = "seconds")]
    pub waited: Duration,
    /// Segments with a name or a tag in which invalid text was replaced.
    pub replaced_texts: u64,
    /// Signs that the list moved or that answers were not as documented: the first 1000.
    pub anomalies: Vec<Anomaly>,
    /// How many more there were.
    pub anomalies_omitted: u64,
    /// The time that the list is about; none as long as no page was taken.
    pub interval: Option<Interval>,
    /// The time from the first call of the export to its last, in seconds: waits and failed
    /// attempts are in it, and what earlier processes took.
    #[serde(serialize_with = "seconds")]
    pub elapsed: Duration,
}

/// What an export can say about its completeness.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Completeness {
    /// Every segment that was listed during the whole interval is there: proven.
    Complete,
    /// The same, unless a segment was archived and restored within the interval.
    CompleteByCount,
    /// Nothing was promised, and nothing is claimed.
    #[default]
    Unverified,
    /// It was to be proven, and is not: the export has failed, or has not ended yet.
    NotProven,
}

impl Completeness {
    /// Where it is written what it means.
    pub const fn guarantee(self) -> &'static str {
        match self {
            Self::Complete => "docs/guarantees.md#complete",
            Self::CompleteByCount => "docs/guarantees.md#complete-by-count",
            Self::Unverified => "docs/guarantees.md#walk",
            Self::NotProven => "docs/guarantees.md#not-proven",
        }
    }
}

impl SnapshotClaim {
    /// Where it is written what it means.
    pub const GUARANTEE: &'static str = "docs/guarantees.md#snapshot";
}

/// A claim that a list is as it was at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[non_exhaustive]
pub struct SnapshotClaim {
    /// The moment lies in this interval.
    pub as_of: Interval,
    /// How well it is established.
    pub strength: Strength,
}

/// What the order of a list rests on. It is the order of creation, or its reverse.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum OrderBasis {
    /// Segments are in the order in which they were read, and nothing is claimed.
    #[default]
    AsRead,
    /// Answers show who stands before whom: all segments that were listed during the whole interval
    /// are in their order, and all of a snapshot.
    Neighbours,
    /// No answer compares some of them, but a pass in each direction shows the same order.
    Passes,
    /// No answer compares some of them, and no two passes agree on all: where they were read last
    /// decides.
    Guess,
}

/// What a claim takes for granted. `docs/guarantees.md` says what each means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[non_exhaustive]
pub enum Assumption {
    /// A page shows a part of the list as it was at one moment.
    #[serde(rename = "R1")]
    AtomicPage,
    /// The order is total and stable, and descending is ascending reversed.
    #[serde(rename = "R2")]
    StableOrder,
    /// A short page is the end of the list.
    #[serde(rename = "R3")]
    ShortPageIsEnd,
    /// No segment was archived and later restored within the interval.
    #[serde(rename = "no_archive_and_restore")]
    NoArchiveAndRestore,
}

/// A place where no answer shows two neighbours side by side.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct UnprovenGap {
    /// The older neighbour; none at the head of the list.
    pub after: Option<String>,
    /// The newer neighbour; none at its tail.
    pub before: Option<String>,
}

/// The time from the first question to the last answer, of those that were answered.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Interval {
    /// Its beginning on the server's clock, as the first answer told it.
    pub from: Option<Timestamp>,
    /// Its end on the server's clock, as the last answer told it.
    pub to: Option<Timestamp>,
    /// When the first page was asked for, in seconds since the caller's zero.
    #[serde(serialize_with = "seconds", deserialize_with = "from_seconds")]
    pub start: Duration,
    /// When the last page came, likewise; earlier processes counted in.
    #[serde(serialize_with = "seconds", deserialize_with = "from_seconds")]
    pub end: Duration,
}

impl Interval {
    /// That of one answer, of which `before` is the time that earlier processes took.
    pub(crate) fn of_answer(
        asked: Duration,
        received: Duration,
        before: Duration,
        date: Option<Timestamp>,
    ) -> Self {
        let (start, end) = (before.saturating_add(asked), before.saturating_add(received));
        Self { from: date, to: date, start, end }
    }

    /// The one that holds both. Which came first says nothing: the question of a first answer can
    /// be a second attempt.
    #[must_use]
    pub(crate) fn join(self, other: Self) -> Self {
        let from = [self.from, other.from].into_iter().flatten().min();
        Self {
            from,
            to: self.to.max(other.to),
            start: self.start.min(other.start),
            end: self.end.max(other.end),
        }
    }

    /// How long it is.
    pub fn length(&self) -> Duration {
        self.end.saturating_sub(self.start)
    }
}

impl Report {
    /// The same without any claim about the list: what is left after an error, and when the list
    /// has not reached its reader. What was done and seen stays: requests, times, anomalies, gaps.
    #[must_use]
    pub fn without_claims(self) -> Self {
        let completeness = match self.goal {
            Goal::Walk => Completeness::Unverified,
            Goal::Complete | Goal::Snapshot => Completeness::NotProven,
        };
        Self {
            completeness,
            snapshot: None,
            assumptions: Vec::new(),
            guarantees: vec![completeness.guarantee()],
            ended: false,
            missed_by_first_pass: 0,
            unlisted_meanwhile: Vec::new(),
            edited_meanwhile: Vec::new(),
            order: None,
            order_basis: OrderBasis::AsRead,
            ..self
        }
    }

    /// How complete they are: the rest of a sentence that has begun with how many there are.
    fn write_completeness(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.completeness {
            Completeness::Complete if self.assumptions.contains(&Assumption::StableOrder) => {
                self.write_proof(f)
            }
            Completeness::Complete => f.write_str(", complete: the whole list came in one answer"),
            Completeness::CompleteByCount => {
                f.write_str(", complete by count, unless one was archived and restored meanwhile")
            }
            Completeness::Unverified => Ok(()),
            Completeness::NotProven => f.write_str(", not proven complete"),
        }
    }

    /// A proof speaks of what can have been listed all the time.
    fn write_proof(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const HOW: &str = "proven complete: every neighbour pair was seen side by side";
        // What is unlisted_meanwhile need not be in a snapshot, which has a claim of its own.
        let unlisted_meanwhile =
            if self.snapshot.is_none() { self.unlisted_meanwhile.len() as u64 } else { 0 };
        match self.segments.saturating_sub(unlisted_meanwhile) {
            _ if self.segments == 0 => {
                f.write_str(", proven complete: the list was empty, and again a moment later")
            }
            _ if unlisted_meanwhile == 0 => write!(f, ", {HOW}"),
            0 => f.write_str(", none of which was listed all the time: all came or went meanwhile"),
            stable => write!(
                f,
                ", {stable} of them {HOW}, and {unlisted_meanwhile} came or went meanwhile"
            ),
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plural = |count: u64| if count == 1 { "" } else { "s" };
        write!(f, "{} segment{}", self.segments, plural(self.segments))?;
        self.write_completeness(f)?;
        if let Some(SnapshotClaim { as_of, strength }) = self.snapshot {
            let strength = match strength {
                Strength::Atomic => "in one answer",
                Strength::Clean => "two passes agree",
                Strength::Counted => "by count",
            };
            match as_of.to {
                Some(to) => write!(f, "; the list as of {to} ({strength})")?,
                None => write!(f, "; the list as of one moment ({strength})")?,
            }
        }
        if self.order_basis == OrderBasis::Guess {
            f.write_str("; the order of some is a guess")?;
        }
        if self.missed_by_first_pass > 0 {
            write!(
                f,
                "; {} of them came to light only after the first pass",
                self.missed_by_first_pass
            )?;
        }
        let (pages, requests) = (plural(self.pages), plural(self.requests));
        let elapsed = self.elapsed.as_secs_f64();
        write!(
            f,
            "; {} page{pages}, {} request{requests}, {elapsed:.1} s",
            self.pages, self.requests
        )?;
        if let Some(interval) = self.interval {
            write!(f, " (answers within {:.1} s)", interval.length().as_secs_f64())?;
        }
        if self.retries > 0 {
            let plural = if self.retries == 1 { "retry" } else { "retries" };
            write!(f, ", {} {plural}", self.retries)?;
        }
        Ok(())
    }
}

fn seconds<S: Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(duration.as_secs_f64())
}

fn from_seconds<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    let seconds = f64::deserialize(deserializer)?;
    Duration::try_from_secs_f64(seconds).map_err(serde::de::Error::custom)
}
