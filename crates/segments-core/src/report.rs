use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize, Serializer};

use crate::evidence::Evidence;
use crate::plan::Goal;
use crate::request::SortDirection;
use crate::timestamp::Timestamp;

/// What an export did and what its list rests on. `Display` is one sentence for people, serde
/// writes the whole for machines.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Report {
    /// What was promised.
    pub goal: Goal,
    /// The order in which it was read.
    pub sort_direction: SortDirection,
    /// Whether the end of the list was reached without an error.
    pub ended: bool,
    /// Segments, each counted once.
    pub segments: u64,
    /// Pages that were read.
    pub pages: u64,
    /// Requests, retries included.
    pub requests: u64,
    /// Requests that were sent again.
    pub retries: u64,
    /// Waits for a retry or for the rate limit.
    pub waits: u64,
    /// How long they were together, in seconds.
    #[serde(serialize_with = "seconds")]
    pub waited: Duration,
    /// Signs that the list moved or that answers were not as documented: the first 1000.
    pub evidence: Vec<Evidence>,
    /// How many more there were.
    pub evidence_omitted: u64,
    /// The time that the list is about.
    pub interval: Interval,
}

/// The time from the first question to the last answer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
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
    pub(crate) fn extend(
        &mut self,
        asked: Duration,
        received: Duration,
        before: Duration,
        date: Option<Timestamp>,
    ) {
        if self.end.is_zero() {
            self.start = before + asked;
        }
        self.end = self.end.max(before + received);
        self.from = match (self.from, date) {
            (Some(from), Some(date)) => Some(from.min(date)),
            (from, date) => from.or(date),
        };
        self.to = self.to.max(date);
    }

    /// How long it is.
    pub fn length(&self) -> Duration {
        self.end.saturating_sub(self.start)
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plural = |count: u64| if count == 1 { "" } else { "s" };
        write!(
            f,
            "{} segment{} in {} page{}, {} request{}, {:.1} s",
            self.segments,
            plural(self.segments),
            self.pages,
            plural(self.pages),
            self.requests,
            plural(self.requests),
            self.interval.length().as_secs_f64(),
        )?;
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
