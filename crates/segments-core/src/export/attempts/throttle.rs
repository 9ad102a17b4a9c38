use std::time::Duration;

/// How many requests may be in flight, and how close together, after the server has refused or
/// failed.
///
/// After a failure one request is in flight, and each response doubles the limit, as TCP does after a
/// loss; after a refusal, [`SOON`] responses come before that. A server that refuses again within so
/// many responses is a limiter that does not say how much it allows, such as nginx's `limit_req`.
/// Requests then keep a distance, which doubles with each refusal and shrinks by a twenty-fifth with
/// each response.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Throttle {
    max_in_flight: Option<u32>,
    spacing: Duration,
    longest: Duration,
    /// Responses since the last refusal, if there was one.
    since_refusal: Option<u32>,
}

/// The first distance between two requests.
const FIRST: Duration = Duration::from_millis(250);

/// A shorter distance is dropped.
const SHORTEST: Duration = Duration::from_millis(25);

/// A refusal after at most so many responses comes from the same limiter.
const SOON: u32 = 8;

impl Throttle {
    /// No limit yet. A distance is at most `longest`.
    pub(crate) fn new(longest: Duration) -> Self {
        Self { max_in_flight: None, spacing: Duration::ZERO, longest, since_refusal: None }
    }

    /// The most requests in flight; `None` without a limit.
    pub(crate) fn max_in_flight(&self) -> Option<u32> {
        self.max_in_flight
    }

    /// How long no request follows a response.
    pub(crate) fn spacing(&self) -> Duration {
        self.spacing
    }

    /// The server failed: one request has to show that it is back.
    pub(crate) fn handle_failure(&mut self) {
        self.max_in_flight = Some(1);
    }

    /// The server refused a request because there were too many.
    pub(crate) fn handle_refusal(&mut self) {
        self.max_in_flight = Some(1);
        if self.refused_lately() {
            self.spacing = self.spacing.saturating_mul(2).max(FIRST).min(self.longest);
        }
        self.since_refusal = Some(0);
    }

    /// A response arrived to a request that was sent after the last failure.
    pub(crate) fn handle_success(&mut self) {
        self.since_refusal = self.since_refusal.map(|responses| responses.saturating_add(1));

        self.spacing = self.spacing / 25 * 24;
        if self.spacing >= SHORTEST {
            return;
        }
        self.spacing = Duration::ZERO;

        if !self.refused_lately() {
            self.max_in_flight = self.max_in_flight.map(|most| most.saturating_mul(2));
        }
    }

    fn refused_lately(&self) -> bool {
        self.since_refusal.is_some_and(|responses| responses <= SOON)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn throttle() -> Throttle {
        Throttle::new(Duration::from_secs(20))
    }

    #[test]
    fn a_failure_leaves_one_and_each_response_doubles_it() {
        let mut throttle = throttle();
        assert_eq!(throttle.max_in_flight(), None);
        throttle.handle_failure();
        let max_in_flight = |_| {
            throttle.handle_success();
            throttle.max_in_flight().unwrap()
        };
        assert_eq!((0..4).map(max_in_flight).collect::<Vec<_>>(), [2, 4, 8, 16]);
        assert_eq!(throttle.spacing(), Duration::ZERO);
    }

    #[test]
    fn one_refusal_is_chance_and_two_are_a_limiter() {
        let mut throttle = throttle();
        throttle.handle_refusal();
        (0..SOON).for_each(|_| throttle.handle_success());
        assert_eq!(throttle.max_in_flight(), Some(1), "some responses have to come first");
        throttle.handle_success();
        assert_eq!(throttle.max_in_flight(), Some(2));
        throttle.handle_refusal();
        assert_eq!(throttle.spacing(), Duration::ZERO, "long after the first");
        (0..SOON).for_each(|_| throttle.handle_success());
        throttle.handle_refusal();
        assert_eq!(
            (throttle.spacing(), throttle.max_in_flight()),
            (FIRST, Some(1)),
            "soon after the second"
        );
        throttle.handle_success();
        assert_eq!(throttle.max_in_flight(), Some(1), "one at a time while there is a distance");
        (0..20).for_each(|_| throttle.handle_refusal());
        assert_eq!(throttle.spacing(), throttle.longest);
        (0..500).for_each(|_| throttle.handle_success());
        assert_eq!(throttle.spacing(), Duration::ZERO);
        assert!(throttle.max_in_flight().unwrap() > 1000);
    }
}
