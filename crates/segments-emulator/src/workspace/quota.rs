use std::time::Duration;

use segments_core::response::{RateLimit, Timestamp};

/// The allowance of a workspace: so many requests in each hour of the clock.
///
/// Documented: 250,000 an hour by default, shared by all clients of the workspace, anew on the
/// clock hour and not on a rolling window. Observed: the first request of an hour leaves limit − 1.
#[derive(Debug, Clone)]
pub(crate) struct Quota {
    pub(crate) limit: u64,
    used: u64,
    hour: u64,
}

const HOUR: u64 = 3600;

impl Quota {
    pub(crate) const fn new(limit: u64) -> Self {
        Self { limit, used: 0, hour: 0 }
    }

    /// Counts one request. `None` if there was none left.
    pub(crate) fn take(&mut self, now: Duration) -> Option<RateLimit> {
        self.turn(now);
        if self.used >= self.limit {
            return None;
        }
        self.used += 1;
        Some(self.state())
    }

    /// Counts the requests of other clients, as far as there are any left.
    pub(crate) fn spend(&mut self, requests: u64, now: Duration) {
        self.turn(now);
        self.used = self.used.saturating_add(requests).min(self.limit);
    }

    /// What the headers of an answer say.
    pub(crate) fn state(&self) -> RateLimit {
        RateLimit {
            limit: Some(self.limit),
            remaining: Some(self.limit.saturating_sub(self.used)),
            reset: Some(Timestamp::from_unix((self.hour + 1) * HOUR)),
        }
    }

    fn turn(&mut self, now: Duration) {
        let hour = Timestamp::from_unix(now.as_secs()).as_unix() / HOUR;
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
        quota.spend(61, now);
        let state = quota.take(now).unwrap();
        assert_eq!(state.remaining, Some(249_938));
        assert_eq!(state.reset, Some(Timestamp::from_unix(1_592_427_600)));
        assert_eq!(
            quota.take(Duration::from_secs(1_592_427_599)).unwrap().remaining,
            Some(249_937)
        );
        assert_eq!(
            quota.take(Duration::from_secs(1_592_427_600)).unwrap().remaining,
            Some(249_999)
        );
    }

    proptest! {
        #[test]
        fn every_hour_gives_exactly_its_limit(
            limit in 0_u64..6,
            steps in proptest::collection::vec((0_u64..2 * HOUR, any::<bool>()), 0..60),
        ) {
            let mut quota = Quota::new(limit);
            let (mut now, mut taken, mut hour) = (0, 0, 0);
            for (step, stay) in steps {
                now += if stay { 0 } else { step };
                if now / HOUR != hour {
                    (hour, taken) = (now / HOUR, 0);
                }
                let answer = quota.take(Duration::from_secs(now));
                prop_assert_eq!(answer.is_some(), taken < limit);
                taken += u64::from(answer.is_some());
                let state = quota.state();
                prop_assert_eq!(state.remaining, Some(limit - taken));
                prop_assert_eq!(state.reset.unwrap().as_unix(), (hour + 1) * HOUR);
            }
        }

        #[test]
        fn no_clock_and_no_limit_overflows(limit: u64, spent: u64, now: u64) {
            let mut quota = Quota::new(limit);
            quota.spend(spent, Duration::from_secs(now));
            let left = quota.state().remaining.unwrap();
            prop_assert_eq!(left, limit.saturating_sub(spent));
        }
    }
}
