use std::time::Duration;

use segments_core::response::{RateLimit, Timestamp};

/// The rate limit of a workspace, in requests per clock hour.
///
/// Documented: 250,000 requests an hour by default, shared by all clients of a workspace; the
/// window is the clock hour, not a rolling one. Observed: the first request of an hour leaves
/// limit − 1.
#[derive(Debug, Clone)]
pub(crate) struct Quota {
    limit: u64,
    used: u64,
    /// The hour of `used`, counted from the Unix epoch.
    hour: u64,
}

const SECONDS_PER_HOUR: u64 = 3600;

impl Quota {
    pub(crate) const fn new(limit: u64) -> Self {
        Self { limit, used: 0, hour: 0 }
    }

    pub(crate) fn set_limit(&mut self, limit: u64) {
        self.limit = limit;
    }

    /// Counts one request; `None` if the limit is reached.
    pub(crate) fn consume(&mut self, now: Duration) -> Option<RateLimit> {
        self.start_hour(now);

        if self.used >= self.limit {
            return None;
        }
        self.used += 1;
        Some(self.rate_limit())
    }

    /// Counts requests of other clients, up to the limit.
    pub(crate) fn consume_elsewhere(&mut self, requests: u64, now: Duration) {
        self.start_hour(now);
        self.used = self.used.saturating_add(requests).min(self.limit);
    }

    /// What is left at this time, without a request.
    pub(crate) fn rate_limit_at(&mut self, now: Duration) -> RateLimit {
        self.start_hour(now);
        self.rate_limit()
    }

    /// The values of the rate-limit headers.
    pub(crate) fn rate_limit(&self) -> RateLimit {
        RateLimit {
            limit: Some(self.limit),
            remaining: Some(self.limit.saturating_sub(self.used)),
            reset: Some(Timestamp::from_unix((self.hour + 1) * SECONDS_PER_HOUR)),
        }
    }

    fn start_hour(&mut self, now: Duration) {
        // A timestamp is bounded, so that the reset of any hour is one too.
        let hour = Timestamp::from_unix(now.as_secs()).as_unix() / SECONDS_PER_HOUR;

        if hour != self.hour {
            (self.hour, self.used) = (hour, 0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_recorded_numbers_come_out() {
        let mut quota = Quota::new(250_000);
        let now = Duration::from_secs(1_592_427_423);
        quota.consume_elsewhere(61, now);

        let state = quota.consume(now).unwrap();
        assert_eq!(state.remaining, Some(249_938));
        assert_eq!(state.reset, Some(Timestamp::from_unix(1_592_427_600)));
        assert_eq!(
            quota.consume(Duration::from_secs(1_592_427_599)).unwrap().remaining,
            Some(249_937)
        );
        assert_eq!(
            quota.consume(Duration::from_secs(1_592_427_600)).unwrap().remaining,
            Some(249_999)
        );
    }

    proptest! {
        #[test]
        fn every_hour_gives_exactly_its_limit(
            limit in 0_u64..6,
            steps in proptest::collection::vec((0_u64..2 * SECONDS_PER_HOUR, any::<bool>()), 0..60),
        ) {
            let mut quota = Quota::new(limit);
            let (mut now, mut taken, mut hour) = (0, 0, 0);

            for (step, stay) in steps {
                now += if stay { 0 } else { step };
                if now / SECONDS_PER_HOUR != hour {
                    (hour, taken) = (now / SECONDS_PER_HOUR, 0);
                }
                let answer = quota.consume(Duration::from_secs(now));
                prop_assert_eq!(answer.is_some(), taken < limit);
                taken += u64::from(answer.is_some());
                let state = quota.rate_limit();
                prop_assert_eq!(state.remaining, Some(limit - taken));
                prop_assert_eq!(state.reset.unwrap().as_unix(), (hour + 1) * SECONDS_PER_HOUR);
            }
        }

        #[test]
        fn no_clock_and_no_limit_overflows(limit: u64, spent: u64, now: u64) {
            let mut quota = Quota::new(limit);
            quota.consume_elsewhere(spent, Duration::from_secs(now));
            let left = quota.rate_limit().remaining.unwrap();
            prop_assert_eq!(left, limit.saturating_sub(spent));
        }
    }
}
