use std::time::Duration;

/// How much is sent at once, and how fast, once the server has refused or failed.
///
/// After a failure one request is in flight, and each answer doubles what may be, as TCP does
/// after a loss; after a refusal some answers have to come first. A server that refuses again soon after it has answered is taken for a limiter
/// that does not say how much it allows (nginx's `limit_req`, say): requests then keep a distance
/// from each other, which doubles with each refusal and shrinks slowly with each answer.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Throttle {
    max_in_flight: u32,
    spacing: Duration,
    longest: Duration,
    /// Answers since the last refusal.
    answers: u32,
}

/// The first distance between two requests.
const FIRST: Duration = Duration::from_millis(250);

/// A distance below it is none.
const SHORTEST: Duration = Duration::from_millis(25);

/// A refusal after no more answers than this is one more of the same limiter.
const SOON: u32 = 8;

impl Throttle {
    /// As much as the caller likes; a distance, if there is to be one, of at most `longest`.
    pub(crate) fn new(longest: Duration) -> Self {
        Self { max_in_flight: u32::MAX, spacing: Duration::ZERO, longest, answers: u32::MAX }
    }

    /// The most requests in flight.
    pub(crate) fn max_in_flight(&self) -> usize {
        usize::try_from(self.max_in_flight).unwrap_or(usize::MAX)
    }

    /// How long no request follows an answer.
    pub(crate) fn spacing(&self) -> Duration {
        self.spacing
    }

    /// The server has failed: one request has to show that it is back.
    pub(crate) fn fail(&mut self) {
        self.max_in_flight = 1;
    }

    /// The server has refused a request because there were too many.
    pub(crate) fn refuse(&mut self) {
        self.max_in_flight = 1;
        if self.answers <= SOON {
            self.spacing = self.spacing.saturating_mul(2).max(FIRST).min(self.longest);
        }
        self.answers = 0;
    }

    /// The server has answered a request that was sent after all that failed.
    pub(crate) fn answer(&mut self) {
        self.answers = self.answers.saturating_add(1);
        self.spacing = self.spacing / 25 * 24;
        if self.spacing >= SHORTEST {
            return;
        }
        self.spacing = Duration::ZERO;
        if self.answers > SOON {
            self.max_in_flight = self.max_in_flight.saturating_mul(2);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn throttle() -> Throttle {
        Throttle::new(Duration::from_secs(20))
    }

    #[test]
    fn a_failure_leaves_one_and_each_answer_doubles_it() {
        let mut throttle = throttle();
        assert_eq!(throttle.max_in_flight(), u32::MAX as usize);
        throttle.fail();
        let max_in_flight = |_| {
            throttle.answer();
            throttle.max_in_flight()
        };
        assert_eq!((0..4).map(max_in_flight).collect::<Vec<_>>(), [2, 4, 8, 16]);
        assert_eq!(throttle.spacing(), Duration::ZERO);
    }

    #[test]
    fn one_refusal_is_chance_and_two_are_a_limiter() {
        let mut throttle = throttle();
        throttle.refuse();
        (0..SOON).for_each(|_| throttle.answer());
        assert_eq!(throttle.max_in_flight(), 1, "some answers have to come first");
        throttle.answer();
        assert_eq!(throttle.max_in_flight(), 2);
        throttle.refuse();
        assert_eq!(throttle.spacing(), Duration::ZERO, "long after the first");
        (0..SOON).for_each(|_| throttle.answer());
        throttle.refuse();
        assert_eq!(
            (throttle.spacing(), throttle.max_in_flight()),
            (FIRST, 1),
            "soon after the second"
        );
        throttle.answer();
        assert_eq!(throttle.max_in_flight(), 1, "one at a time while there is a distance");
        (0..20).for_each(|_| throttle.refuse());
        assert_eq!(throttle.spacing(), throttle.longest);
        (0..500).for_each(|_| throttle.answer());
        assert_eq!(throttle.spacing(), Duration::ZERO);
        assert!(throttle.max_in_flight() > 1000);
    }
}
