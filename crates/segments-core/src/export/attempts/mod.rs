pub(crate) mod retry;
pub(crate) mod throttle;

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::export::attempts::retry::{FailureClass, RetryBudget, RetryPolicy};
use crate::export::attempts::throttle::Throttle;
use crate::message::error::{Error, ErrorKind, GaveUp, TransportErrorKind};

/// What is sent again, and when: attempts, backoff, budget and pauses of one export. It knows pages
/// by a key, and no list.
///
/// ```text
///               failure that may pass
///   ┌──────┐ ──────────────────────────► ┌────────┐  closed until the backoff, or the wait
///   │ open │                             │ outage │  that was asked for, is over; then one
///   └──────┘ ◄────────────────────────── └────────┘  request at a time shows whether it is
///               answer to a request            │
///               sent after it                  └──► too many attempts: final
/// ```
///
/// What fails together counts once: requests that were in flight when an outage was noticed meet
/// the same outage, and neither the budget nor the backoff takes note of how many they were. So an
/// export ends the same way whatever its window is.
///
/// An answer that cannot be read says nothing about the server's health. Its page alone waits.
#[derive(Debug)]
pub(crate) struct Attempts<K> {
    policy: RetryPolicy,
    deadline: Option<Duration>,
    seed: u64,
    /// Pages that have failed and are still wanted.
    pages: BTreeMap<K, AttemptState>,
    budget: RetryBudget,
    /// Attempts that failed since the last answer, those in flight together counted once.
    outage: u32,
    /// Outages so far.
    outages: u64,
    /// When a failure was last counted.
    failed_at: Option<Duration>,
    /// Nothing is sent before this.
    closed_until: Duration,
    throttle: Throttle,
    pub(crate) counts: RequestCounters,
}

/// What is counted for the report, and survives a checkpoint.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct RequestCounters {
    pub(crate) requests: u64,
    pub(crate) retries: u64,
    #[serde(default)]
    pub(crate) stale_connections: u64,
    pub(crate) waits: u64,
    pub(crate) waited: Duration,
}

/// A page that has failed.
#[derive(Debug, Clone, Default)]
struct AttemptState {
    /// Attempts that failed.
    failures: u32,
    /// Those of them that brought an answer which could not be read.
    unreadable: u32,
    /// The request of this attempt was lost to a stale connection, and is sent anew.
    replaced: bool,
    not_before: Duration,
    /// It ends the export, if it turns out that the page is needed.
    last: Option<Error>,
}

/// Which request for a page it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Attempt {
    /// From 1.
    pub(crate) number: u32,
    /// It takes the place of a request that a stale connection swallowed.
    pub(crate) replacement: bool,
}

/// What to do about a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Decision {
    /// Send again, no sooner than at this time.
    RetryAt(Duration),
    /// Do not; where it could have been, because of this.
    Final(Option<GaveUp>),
}

impl<K: Copy + Ord> Attempts<K> {
    /// Nothing has been sent yet; and nothing is before `closed_until`.
    pub(crate) fn new(
        policy: &RetryPolicy,
        deadline: Option<Duration>,
        seed: u64,
        counts: RequestCounters,
        closed_until: Duration,
    ) -> Self {
        Self {
            policy: policy.clone(),
            deadline,
            seed,
            pages: BTreeMap::new(),
            budget: RetryBudget::default(),
            outage: 0,
            outages: 0,
            failed_at: None,
            closed_until,
            throttle: Throttle::new(policy.max_backoff),
            counts,
        }
    }

    /// The request to send for a page.
    pub(crate) fn attempt(&self, page: K) -> Attempt {
        let state = self.pages.get(&page);
        let (failures, replacement) = state.map_or((0, false), |it| (it.failures, it.replaced));
        Attempt { number: failures.saturating_add(1), replacement }
    }

    /// When it can be sent.
    pub(crate) fn ready_at(&self, page: K) -> Duration {
        let not_before = self.pages.get(&page).map_or(Duration::ZERO, |it| it.not_before);
        not_before.max(self.closed_until)
    }

    /// Nothing is sent before this.
    pub(crate) fn closed_until(&self) -> Duration {
        self.closed_until
    }

    /// The most requests in flight.
    pub(crate) fn max_in_flight(&self) -> usize {
        self.throttle.max_in_flight()
    }

    /// The error of a page that is not asked for any more.
    pub(crate) fn held(&self, page: K) -> Option<&Error> {
        self.pages.get(&page)?.last.as_ref()
    }

    /// Keeps the error of a page until it is known whether the page is needed.
    pub(crate) fn hold(&mut self, page: K, error: Error) {
        self.pages.entry(page).or_default().last = Some(error);
    }

    /// A request came to an end, whichever.
    pub(crate) fn count(&mut self) {
        self.counts.requests = self.counts.requests.saturating_add(1);
    }

    /// A page has come that was asked for at `asked_at`.
    pub(crate) fn succeed(&mut self, page: K, asked_at: Duration, now: Duration) {
        self.pages.remove(&page);
        self.budget.succeed();
        // What was under way when something failed does not show that it has passed.
        if self.failed_at.is_none_or(|failed_at| asked_at > failed_at) {
            self.outage = 0;
            self.throttle.answer();
        }
        let spacing = self.throttle.spacing();
        if !spacing.is_zero() {
            self.close(now, now.saturating_add(spacing));
        }
    }

    /// The attempt at a page that was sent at `asked_at` has failed.
    pub(crate) fn fail(
        &mut self,
        page: K,
        asked_at: Duration,
        now: Duration,
        error: &Error,
    ) -> Decision {
        let attempt = self.attempt(page);
        if is_stale(error) && !attempt.replacement {
            return self.replace(page, now);
        }

        let mut state = self.pages.get(&page).cloned().unwrap_or_default();
        let known = state.failures > 0;
        (state.failures, state.replaced) = (attempt.number, false);
        let Some(class) = retry::class(error) else {
            self.pages.insert(page, state);
            return Decision::Final(None);
        };
        let together = self.outage > 0 && self.failed_at.is_some_and(|at| asked_at <= at);
        if class.is_of_one_page() {
            let unreadable = u32::from(class == FailureClass::Unreadable);
            state.unreadable = state.unreadable.saturating_add(unreadable);
        } else if !together {
            // Whichever pages an outage meets, it is met `max_attempts` times.
            state.failures = state.failures.max(self.outage.saturating_add(1));
        }

        let decision = match self.allow(&state, class, error) {
            Some(why) => Decision::Final(Some(why)),
            None if class.is_of_one_page() => self.retry_page(known, &state, now, error),
            None if together => self.retry_with_others(now, error),
            None => self.retry_all(known, &state, class, now, error),
        };
        if let Decision::RetryAt(at) = decision {
            state.not_before = at;
            self.counts.retries = self.counts.retries.saturating_add(1);
        }
        self.pages.insert(page, state);
        decision
    }

    /// Sends a request anew that the server has not seen: nothing is known to be wrong with it.
    fn replace(&mut self, page: K, now: Duration) -> Decision {
        self.counts.stale_connections = self.counts.stale_connections.saturating_add(1);
        let state = self.pages.entry(page).or_default();
        (state.replaced, state.not_before) = (true, now);
        Decision::RetryAt(now)
    }

    /// Why a page is not asked for again, if it is not.
    fn allow(&self, state: &AttemptState, class: FailureClass, error: &Error) -> Option<GaveUp> {
        if error.wait().is_some_and(|wait| wait > self.policy.max_wait) {
            return Some(GaveUp::Wait);
        }
        let unreadable = class == FailureClass::Unreadable && state.unreadable > 1;
        let most = self.policy.max_attempts.max(1);
        (unreadable || state.failures >= most).then_some(GaveUp::Attempts)
    }

    /// The page alone is asked for again.
    fn retry_page(
        &mut self,
        known: bool,
        state: &AttemptState,
        now: Duration,
        error: &Error,
    ) -> Decision {
        let unit = retry::jitter(self.seed, self.counts.requests);
        let delay = retry::delay(&self.policy, error.wait(), false, state.failures, unit);
        let at = now.saturating_add(delay);
        if let Some(why) = self.refuse(at, known, RetryBudget::FAILURE) {
            return Decision::Final(Some(why));
        }
        self.note_wait(now, at);
        Decision::RetryAt(at)
    }

    /// One more of the same outage: what it asks for is heeded, and it is not counted.
    fn retry_with_others(&mut self, now: Duration, error: &Error) -> Decision {
        let hinted = now.saturating_add(error.wait().unwrap_or_default());
        let at = self.closed_until.max(hinted);
        if let Some(why) = self.refuse(at, true, 0) {
            return Decision::Final(Some(why));
        }
        self.close(now, at);
        Decision::RetryAt(at)
    }

    /// Nothing is asked for until the failure may have passed.
    fn retry_all(
        &mut self,
        known: bool,
        state: &AttemptState,
        class: FailureClass,
        now: Duration,
        error: &Error,
    ) -> Decision {
        let new = self.outage == 0;
        // Of two exports with one seed, each outage is the same, whatever their windows are.
        let outages = self.outages + u64::from(new);
        let unit = retry::jitter(self.seed ^ outages, u64::from(self.outage));
        let mut throttle = self.throttle;
        match class {
            FailureClass::Limited | FailureClass::Overloaded => throttle.refuse(),
            _ => throttle.fail(),
        }

        // A limit is about all requests, a failure can be about this page.
        let limited = class == FailureClass::Limited;
        let rounds = if limited { self.outage.saturating_add(1) } else { state.failures };
        let known_limiter = new && error.wait().is_none();
        let delay = match throttle.spacing() {
            // It lets something through at this pace, as was seen.
            spacing if known_limiter && !spacing.is_zero() => {
                spacing.saturating_add(retry::part(spacing, unit))
            }
            _ => retry::delay(&self.policy, error.wait(), limited, rounds, unit),
        };
        let at = now.saturating_add(delay);
        if let Some(why) = self.refuse(at, known || !new, RetryBudget::cost(class)) {
            return Decision::Final(Some(why));
        }

        self.outages = outages;
        self.outage = self.outage.saturating_add(1);
        self.failed_at = Some(now);
        self.throttle = throttle;
        self.close(now, at);
        Decision::RetryAt(at)
    }

    /// Why nothing is sent again at `at`, if nothing is. What has begun is paid for.
    fn refuse(&mut self, at: Duration, begun: bool, cost: u32) -> Option<GaveUp> {
        if self.deadline.is_some_and(|deadline| at >= deadline) {
            return Some(GaveUp::Deadline);
        }
        let paid = begun || self.budget.take(cost);
        (!paid).then_some(GaveUp::Budget)
    }

    /// The allowance is used up, which is everybody's: every page waits, if the plan says so.
    pub(crate) fn pause(&mut self, now: Duration, wait: Option<Duration>) {
        let RetryPolicy { wait_for_quota, max_wait, .. } = self.policy;
        let Some(wait) = wait.filter(|wait| wait_for_quota && *wait <= max_wait) else { return };
        let in_time = |at: Duration| self.deadline.is_none_or(|deadline| at < deadline);
        let soonest = now.saturating_add(wait);
        if soonest <= self.closed_until || !in_time(soonest) {
            return;
        }
        // All clients of a workspace are told the same second.
        let unit = retry::jitter(self.seed, self.counts.requests);
        let spread = soonest.saturating_add(retry::spread(unit));
        self.close(now, if in_time(spread) { spread } else { soonest });
    }

    /// Nothing is sent for so long, whatever the plan says of waits.
    pub(crate) fn rest(&mut self, now: Duration, length: Duration) {
        self.close(now, now.saturating_add(length));
    }

    fn close(&mut self, now: Duration, until: Duration) {
        if until > self.closed_until {
            self.note_wait(now.max(self.closed_until), until);
            self.closed_until = until;
        }
    }

    fn note_wait(&mut self, from: Duration, until: Duration) {
        let wait = until.saturating_sub(from);
        self.counts.waits = self.counts.waits.saturating_add(1);
        self.counts.waited = self.counts.waited.saturating_add(wait);
    }
}

fn is_stale(error: &Error) -> bool {
    match error.kind() {
        ErrorKind::Transport(failure) => failure.kind() == TransportErrorKind::StaleConnection,
        _ => false,
    }
}

#[cfg(test)]
mod tests;
