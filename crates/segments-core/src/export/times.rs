use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::export::seen::interval::Interval;
use crate::message::headers::Timestamp;

/// The times of an export, over all processes that take part in it: how long it took, and what its
/// responses are about.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Times {
    /// The clocks of earlier processes, one after another.
    before: Duration,
    /// From the first call to the last, in earlier processes.
    elapsed: Duration,
    /// That of the responses.
    pub(crate) interval: Option<Interval>,
    /// The times of the first call and of the last, in this process.
    #[serde(skip)]
    calls: Option<(Duration, Duration)>,
}

impl Times {
    /// Begins to count on from the zero of another process.
    pub(crate) fn resume(&mut self) {
        self.calls = Some((Duration::ZERO, Duration::ZERO));
    }

    /// Notes a call.
    pub(crate) fn note_call(&mut self, asked: Duration, now: Duration) {
        let (first, last) = self.calls.unwrap_or((asked, now));
        self.calls = Some((first.min(asked), last.max(now)));
    }

    /// Notes a response, and says what time it is about.
    pub(crate) fn note_response(
        &mut self,
        asked: Duration,
        received: Duration,
        date: Option<Timestamp>,
    ) -> Interval {
        let during = Interval::of_response(asked, received, self.before, date);
        self.interval = Some(self.interval.map_or(during, |interval| interval.join(during)));
        during
    }

    /// From the first call to the last.
    pub(crate) fn elapsed(&self) -> Duration {
        let here = self.calls.map_or(Duration::ZERO, |(first, last)| last.saturating_sub(first));
        self.elapsed.saturating_add(here)
    }

    /// As another process will find them.
    pub(crate) fn at_rest(&self, now: Duration) -> Self {
        let mut times = self.clone();
        if times.calls.is_some() {
            times.note_call(now, now);
        }
        Self {
            before: self.before.saturating_add(now),
            elapsed: times.elapsed(),
            interval: self.interval,
            calls: None,
        }
    }
}
