use std::time::Duration;

/// A leaky bucket, as nginx's `limit_req` without a delay keeps it: each request that passes adds
/// one, time takes them out again, and a request that would not fit is refused and adds nothing.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Bucket {
    /// What is in it beyond the request that is being served, in thousandths.
    excess: u64,
    last: Option<Duration>,
}

const ONE: u64 = 1000;

impl Bucket {
    /// Whether a request passes at a rate of so many a second, with so many at once beyond it.
    pub(crate) fn takes(&mut self, per_second: u32, burst: u32, now: Duration) -> bool {
        let Some(last) = self.last else {
            self.last = Some(now);
            return true;
        };
        let millis = u64::try_from(now.saturating_sub(last).as_millis()).unwrap_or(u64::MAX);
        let leaked = millis.saturating_mul(per_second.into());
        let excess = self.excess.saturating_add(ONE).saturating_sub(leaked);
        if excess > ONE.saturating_mul(burst.into()) {
            return false;
        }
        (self.excess, self.last) = (excess, Some(now.max(last)));
        true
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
        let mut bucket = Bucket::default();
        let passed: Vec<u64> =
            (0..=2000).step_by(100).filter(|now| bucket.takes(2, 0, at(*now))).collect();
        assert_eq!(passed, [0, 500, 1000, 1500, 2000]);
    }

    #[test]
    fn a_burst_passes_at_once_and_is_paid_for() {
        let mut bucket = Bucket::default();
        let at_once = (0..10).filter(|_| bucket.takes(2, 3, at(0))).count();
        assert_eq!(at_once, 4);
        assert!(!bucket.takes(2, 3, at(499)));
        assert!(bucket.takes(2, 3, at(500)));
        assert!(!bucket.takes(2, 3, at(501)));
        let later = (0..10).filter(|_| bucket.takes(2, 3, at(60_000))).count();
        assert_eq!(later, 4);
    }

    proptest! {
        #[test]
        fn no_more_passes_than_rate_and_burst_allow(
            rate in 1_u32..20,
            burst in 0_u32..6,
            steps in proptest::collection::vec(0_u64..300, 1..200),
        ) {
            let mut bucket = Bucket::default();
            let (mut now, mut passed) = (0, 0);
            for step in steps {
                now += step;
                passed += u64::from(bucket.takes(rate, burst, at(now)));
                prop_assert!(passed <= 1 + u64::from(burst) + now * u64::from(rate) / 1000);
            }
        }

        #[test]
        fn no_clock_and_no_rate_overflows(rate: u32, burst: u32, times: Vec<u64>) {
            let mut bucket = Bucket::default();
            for time in times {
                bucket.takes(rate, burst, Duration::from_secs(time));
            }
        }
    }
}
