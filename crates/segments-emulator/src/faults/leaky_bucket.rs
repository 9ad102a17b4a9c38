use std::time::Duration;

/// A leaky bucket, as nginx's `limit_req` without a delay keeps it: each admitted request adds one
/// unit, which leaks out over time, and a request that does not fit is refused and adds nothing.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct LeakyBucket {
    /// The level in thousandths of a request, without the request that is being served.
    excess: u64,
    last_admitted: Option<Duration>,
}

const ONE_REQUEST: u64 = 1000;

impl LeakyBucket {
    /// Whether a request is admitted at this rate, with `burst` requests above it at once.
    pub(crate) fn admit(&mut self, per_second: u32, burst: u32, now: Duration) -> bool {
        let Some(last) = self.last_admitted else {
            self.last_admitted = Some(now);
            return true;
        };

        // One request a second leaks one thousandth of a request in a millisecond.
        let millis = u64::try_from(now.saturating_sub(last).as_millis()).unwrap_or(u64::MAX);
        let leaked = millis.saturating_mul(per_second.into());
        let excess = self.excess.saturating_add(ONE_REQUEST).saturating_sub(leaked);

        let fits = excess <= ONE_REQUEST.saturating_mul(burst.into());
        if fits {
            self.excess = excess;
            self.last_admitted = Some(now.max(last));
        }
        fits
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const fn at(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    #[test]
    fn two_a_second_are_one_every_half_second() {
        let mut bucket = LeakyBucket::default();
        let passed: Vec<u64> =
            (0..=2000).step_by(100).filter(|now| bucket.admit(2, 0, at(*now))).collect();
        assert_eq!(passed, [0, 500, 1000, 1500, 2000]);
    }

    #[test]
    fn a_burst_passes_at_once_and_is_paid_for() {
        let mut bucket = LeakyBucket::default();
        let at_once = (0..10).filter(|_| bucket.admit(2, 3, at(0))).count();
        assert_eq!(at_once, 4);
        assert!(!bucket.admit(2, 3, at(499)));
        assert!(bucket.admit(2, 3, at(500)));
        assert!(!bucket.admit(2, 3, at(501)));
        let later = (0..10).filter(|_| bucket.admit(2, 3, at(60_000))).count();
        assert_eq!(later, 4);
    }

    proptest! {
        #[test]
        fn no_more_passes_than_rate_and_burst_allow(
            rate in 1_u32..20,
            burst in 0_u32..6,
            steps in proptest::collection::vec(0_u64..300, 1..200),
        ) {
            let mut bucket = LeakyBucket::default();
            let (mut now, mut passed) = (0, 0);
            for step in steps {
                now += step;
                passed += u64::from(bucket.admit(rate, burst, at(now)));
                prop_assert!(passed <= 1 + u64::from(burst) + now * u64::from(rate) / 1000);
            }
        }

        #[test]
        fn no_clock_and_no_rate_overflows(rate: u32, burst: u32, times: Vec<u64>) {
            let mut bucket = LeakyBucket::default();
            for time in times {
                bucket.admit(rate, burst, Duration::from_secs(time));
            }
        }
    }
}
