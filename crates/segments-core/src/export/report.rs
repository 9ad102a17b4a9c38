use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::export::attempts::request_counters::RequestCounters;
use crate::export::plan::Plan;
use crate::export::proof::claims::Claims;
use crate::export::proof::runs::Runs;
use crate::export::proof::terms::{
    Assumption, Completeness, OrderBasis, SnapshotClaim, Strength, UnprovenGap,
};
use crate::export::seen::anomaly::Anomaly;
use crate::export::seen::interval::Interval;
use crate::export::seen::seen_segments::SeenSegments;
use crate::export::seen::segment_index::SegmentIndex;
use crate::export::strategy::Strategy;
use crate::export::strategy::goal::Goal;
use crate::export::times::Times;
use crate::message::request::SortDirection;
use crate::message::seconds;

/// What an export did, what it claims about its list, and why. `Display` is one sentence; serde
/// writes and reads everything but [`order`](Self::order).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Report {
    /// The goal of the plan.
    pub goal: Goal,
    /// The order of the plan.
    pub sort_direction: SortDirection,
    /// The claim about the list's completeness. There is none before the end, and none after an error:
    /// see [`Report::without_claims`].
    pub completeness: Completeness,
    /// The claim that the list is as it was at one moment, if there is one.
    pub snapshot: Option<SnapshotClaim>,
    /// What both claims take for granted.
    pub assumptions: Vec<Assumption>,
    /// Whether the export ended without an error.
    pub ended: bool,
    /// How many passes were made through the list.
    pub passes: u32,
    /// Segments of the list that came to light only after the first pass: it missed them, or they
    /// were created or restored behind it.
    pub missed_by_first_pass: u64,
    /// Ids of segments that are proven to have been unlisted at some moment of the interval.
    pub unlisted_meanwhile: Vec<String>,
    /// Ids of segments whose attributes changed around the moment of the snapshot.
    pub edited_meanwhile: Vec<String>,
    /// Neighbours that were never seen side by side, if that is why completeness is not proven.
    pub gaps: Vec<UnprovenGap>,
    /// The order of creation, as positions of the segments in the order in which they were handed out.
    /// `None` after a walk, and in a report that serde read.
    #[serde(skip)]
    pub order: Option<Vec<u32>>,
    /// What the order of the list rests on.
    pub order_basis: OrderBasis,
    /// How many segments there are, each counted once.
    pub segments: u64,
    /// How many pages were read.
    pub pages: u64,
    /// How many requests were sent, retries included.
    pub requests: u64,
    /// How many of them were retries.
    pub retries: u64,
    /// How many requests were sent again, at no cost, because the server had closed a connection that
    /// was kept for reuse.
    pub stale_connections: u64,
    /// How many waits there were: for a retry, for the rate limit, before an empty list was requested
    /// again.
    pub waits: u64,
    /// The sum of the waits; serialized in seconds.
    #[serde(with = "seconds")]
    pub waited: Duration,
    /// How many segments have a name or a tag in which invalid text was replaced.
    pub replaced_texts: u64,
    /// Signs that the list moved or that responses were not as documented: the first 1000.
    pub anomalies: Vec<Anomaly>,
    /// How many more there were.
    pub anomalies_omitted: u64,
    /// The time that the claims are about; `None` until a page was read.
    pub interval: Option<Interval>,
    /// The time from the first call to the last, with waits, failed attempts and earlier processes;
    /// serialized in seconds.
    #[serde(with = "seconds")]
    pub elapsed: Duration,
}

impl Report {
    /// What was done so far, with these claims.
    pub(crate) fn new(
        plan: &Plan,
        strategy: &Strategy,
        seen: &SeenSegments,
        counts: &RequestCounters,
        times: &Times,
        claims: Claims,
    ) -> Self {
        let gaps = match strategy.ended() {
            Some(Err(_)) => strategy.gaps(seen),
            Some(Ok(())) | None => Vec::new(),
        };

        Self {
            goal: plan.goal,
            sort_direction: plan.sort_direction,
            completeness: claims.completeness,
            snapshot: claims.snapshot,
            assumptions: claims.assumptions,
            ended: true,
            passes: strategy.passes(),
            missed_by_first_pass: claims.missed_by_first_pass,
            unlisted_meanwhile: claims.unlisted_meanwhile,
            edited_meanwhile: claims.edited_meanwhile,
            gaps,
            segments: claims.order.as_ref().map_or(seen.ids.len(), Runs::len) as u64,
            order: claims.order.map(|order| SegmentIndex::numbers(order.to_vec())),
            order_basis: claims.order_basis,
            pages: seen.pages,
            requests: counts.requests,
            retries: counts.retries,
            stale_connections: counts.stale_connections,
            waits: counts.waits,
            waited: counts.waited,
            replaced_texts: seen.anomalies.replaced,
            anomalies: seen.anomalies.kept.clone(),
            anomalies_omitted: seen.anomalies.omitted,
            interval: times.interval,
            elapsed: times.elapsed(),
        }
    }

    /// Removes every claim about the list, as after an error or when the list could not be written.
    /// Requests, times, anomalies and gaps stay.
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
            Completeness::Complete => {
                f.write_str(", complete: the whole list came in one response")
            }
            Completeness::CompleteByCount => {
                f.write_str(", complete by count, unless one was archived and restored meanwhile")
            }
            Completeness::Unverified => Ok(()),
            Completeness::NotProven => f.write_str(", not proven complete"),
        }
    }

    fn write_snapshot(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(SnapshotClaim { as_of, strength }) = self.snapshot else { return Ok(()) };
        let strength = match strength {
            Strength::Atomic => "in one response",
            Strength::Clean => "two passes agree",
            Strength::Counted => "by count",
        };
        match as_of.to {
            Some(to) => write!(f, "; the list as of {to} ({strength})"),
            None => write!(f, "; the list as of one moment ({strength})"),
        }
    }

    fn write_cost(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (pages, requests) = (plural(self.pages), plural(self.requests));
        let elapsed = self.elapsed.as_secs_f64();
        write!(
            f,
            "; {} page{pages}, {} request{requests}, {elapsed:.1} s",
            self.pages, self.requests
        )?;
        if let Some(interval) = self.interval {
            write!(f, " (responses within {:.1} s)", interval.length().as_secs_f64())?;
        }
        match self.retries {
            0 => Ok(()),
            1 => f.write_str(", 1 retry"),
            retries => write!(f, ", {retries} retries"),
        }
    }

    /// A proof speaks of what can have been listed all the time.
    fn write_proof(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const HOW: &str = "proven complete: every pair of neighbours was seen side by side";
        // A snapshot has a claim of its own, and need not hold segments that were unlisted meanwhile.
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
        write!(f, "{} segment{}", self.segments, plural(self.segments))?;
        self.write_completeness(f)?;
        self.write_snapshot(f)?;

        if self.order_basis == OrderBasis::Guess {
            f.write_str("; the order of some segments is a guess")?;
        }
        if self.missed_by_first_pass > 0 {
            let late = self.missed_by_first_pass;
            write!(f, "; the first pass missed {late} of them")?;
        }

        self.write_cost(f)
    }
}

fn plural(count: u64) -> &'static str {
    if count == 1 { "" } else { "s" }
}
