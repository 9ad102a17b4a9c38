use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::export::seen::seconds;
use crate::message::headers::Timestamp;

/// The time from the first question to the last answer, of those that were answered.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Interval {
    /// Its beginning on the server's clock, as the first answer told it.
    pub from: Option<Timestamp>,
    /// Its end on the server's clock, as the last answer told it.
    pub to: Option<Timestamp>,
    /// When the first page was asked for, in seconds since the caller's zero.
    #[serde(with = "seconds")]
    pub start: Duration,
    /// When the last page came, likewise; earlier processes counted in.
    #[serde(with = "seconds")]
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
