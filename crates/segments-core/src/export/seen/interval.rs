use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::message::headers::Timestamp;
use crate::message::seconds;

/// The time from the first request to the last response. Requests without a response do not count.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Interval {
    /// The beginning on the server's clock: the `Date` of the first response.
    pub from: Option<Timestamp>,
    /// The end on the server's clock: the `Date` of the last response.
    pub to: Option<Timestamp>,
    /// When the first page was requested, since the caller's zero. Serialized in seconds.
    #[serde(with = "seconds")]
    pub start: Duration,
    /// When the last page came, since the caller's zero, with the time of earlier processes.
    #[serde(with = "seconds")]
    pub end: Duration,
}

impl Interval {
    /// That of one response, of which `before` is the time that earlier processes took.
    pub(crate) fn of_response(
        asked: Duration,
        received: Duration,
        before: Duration,
        date: Option<Timestamp>,
    ) -> Self {
        let (start, end) = (before.saturating_add(asked), before.saturating_add(received));
        Self { from: date, to: date, start, end }
    }

    /// The one that holds both. Which came first says nothing: the first response can be that
    /// of a second attempt.
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

    /// The time between both.
    pub fn length(&self) -> Duration {
        self.end.saturating_sub(self.start)
    }
}
