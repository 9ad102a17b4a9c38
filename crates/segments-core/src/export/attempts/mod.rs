pub(crate) mod attempt;
pub(crate) mod request_counters;
pub(crate) mod retry;
pub(crate) mod throttle;

use std::collections::BTreeMap;
use std::time::Duration;

use crate::export::attempts::attempt::{Attempt, AttemptState};
use crate::export::attempts::request_counters::RequestCounters;
use crate::export::attempts::retry::{FailureClass, RetryBudget, RetryPolicy};
use crate::export::attempts::throttle::Throttle;
use crate::message::error::{Error, ErrorKind, GaveUp, TransportErrorKind};

/// Which requests are sent again, and when: attempts, backoff, budget, waits and deadline of one
/// export. It knows pages by a key `K` and nothing of lists, so it would serve any endpoint.
///
/// ```text
///               failure that may pass
///   ┌──────┐ ──────────────────────────► ┌────────┐  closed until the backoff, or the wait
///   │ open │                             │ outage │  that the server asked for, is over; then
///   └──────┘ ◄────────────────────────── └────────┘  one request at a time
///               response to a request          │
///               sent after the failure         └──► too many attempts: final
/// ```
///
/// An outage counts once. Requests that were in flight when it was noticed meet the same outage, so
/// they change neither the budget nor the backoff: an export ends the same way whatever its window
/// is.
///
/// A response that cannot be read says nothing about the health of the server. Only its page waits.
#[derive(Debug)]
pub(crate) struct Attempts<K> {
    policy: RetryPolicy,
    deadline: Option<Duration>,
    seed: u64,
    /// Pages whose last attempt failed, until they arrive.
    pages: BTreeMap<K, AttemptState>,
    budget: RetryBudget,
    /// Failed attempts since the last response. Requests in flight together count once.
    outage: u32,
    /// Outages so far.
    outages: u64,
    /// When a failure was last counted.
    failed_at: Option<Duration>,
    /// Nothing is sent before this time.
    closed_until: Duration,
    throttle: Throttle,
    pub(crate) counts: RequestCounters,
}

/// What to do about a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Decision {
    /// Send again, no sooner than at this time.
    RetryAt(Duration),
    /// Do not send again. If another attempt could have helped, this is why there is none.
    Final(Option<GaveUp>),
}

/// A failed attempt, with what the decision about it depends on.
struct Failure<'a> {
    error: &'a Error,
    class: FailureClass,
    now: Duration,
    /// Failed attempts at its page, this one included.
    failures: u32,
    /// Its page had failed before.
    is_repeated: bool,
}

impl<K: Copy + Ord> Attempts<K> {
    /// Nothing has been sent yet, and nothing is sent before `closed_until`.
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

    /// Nothing is sent before this time.
    pub(crate) fn closed_until(&self) -> Duration {
        self.closed_until
    }

    /// Whether the deadline has come: nothing is sent any more.
    pub(crate) fn deadline_reached(&self, now: Duration) -> bool {
        self.deadline.is_some_and(|deadline| now >= deadline)
    }

    /// The most requests in flight; `None` for as many as the caller likes.
    pub(crate) fn max_in_flight(&self) -> Option<u32> {
        self.throttle.max_in_flight()
    }

    /// Whether the last attempt at any page failed.
    pub(crate) fn has_failed_page(&self) -> bool {
        !self.pages.is_empty()
    }

    /// The final error of a page that is not known to be needed.
    pub(crate) fn held(&self, page: K) -> Option<&Error> {
        self.pages.get(&page)?.held.as_ref()
    }

    /// Keeps the final error of a page until it is known whether the page is needed.
    pub(crate) fn hold(&mut self, page: K, error: Error) {
        self.pages.entry(page).or_default().held = Some(error);
    }

    /// A page arrived that was requested at `asked_at`.
    pub(crate) fn handle_success(&mut self, page: K, asked_at: Duration, now: Duration) {
        self.pages.remove(&page);
        self.budget.handle_success();

        // A request from before the failure does not show that the outage is over.
        if self.failed_at.is_none_or(|failed_at| asked_at > failed_at) {
            self.outage = 0;
            self.throttle.handle_success();
        }

        let spacing = self.throttle.spacing();
        if !spacing.is_zero() {
            self.close(now, now.saturating_add(spacing));
        }
    }

    /// The attempt at a page that was requested at `asked_at` failed.
    pub(crate) fn handle_failure(
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
        let is_repeated = state.failures > 0;
        (state.failures, state.replaced) = (attempt.number, false);
        let Some(class) = retry::class(error) else {
            self.pages.insert(page, state);
            return Decision::Final(None);
        };

        let is_same_outage = self.outage > 0 && self.failed_at.is_some_and(|at| asked_at <= at);
        if class == FailureClass::Unreadable {
            state.unreadable = state.unreadable.saturating_add(1);
        }
        if !class.is_of_one_page() && !is_same_outage {
            // An outage is given `max_attempts` attempts, whichever pages they are for.
            state.failures = state.failures.max(self.outage.saturating_add(1));
        }

        let failure = Failure { error, class, now, failures: state.failures, is_repeated };
        let decision = if let Some(why) = self.give_up(&failure, state.unreadable) {
            Decision::Final(Some(why))
        } else if class.is_of_one_page() {
            self.retry_page(&failure)
        } else if is_same_outage {
            self.retry_with_outage(&failure)
        } else {
            self.retry_after_outage(&failure)
        };

        if let Decision::RetryAt(at) = decision {
            state.not_before = at;
            self.counts.note_retry();
        }
        self.pages.insert(page, state);
        decision
    }

    /// Sends a request again that the server has not seen. It costs no attempt and no budget.
    fn replace(&mut self, page: K, now: Duration) -> Decision {
        self.counts.note_stale_connection();
        let state = self.pages.entry(page).or_default();
        (state.replaced, state.not_before) = (true, now);
        Decision::RetryAt(now)
    }

    /// Why there is no other attempt, if the policy allows none.
    fn give_up(&self, failure: &Failure<'_>, unreadable: u32) -> Option<GaveUp> {
        if failure.error.wait().is_some_and(|wait| wait > self.policy.max_wait) {
            return Some(GaveUp::Wait);
        }

        let is_unreadable_again = failure.class == FailureClass::Unreadable && unreadable > 1;
        let max_attempts = self.policy.max_attempts.max(1);
        (is_unreadable_again || failure.failures >= max_attempts).then_some(GaveUp::Attempts)
    }

    /// Only this page waits.
    fn retry_page(&mut self, failure: &Failure<'_>) -> Decision {
        let &Failure { error, now, failures, is_repeated, .. } = failure;

        let unit = retry::jitter(self.seed, self.counts.requests);
        let delay = retry::delay(&self.policy, error.wait(), false, failures, unit);
        let at = now.saturating_add(delay);
        if let Some(why) = self.refuse(at, is_repeated, RetryBudget::FAILURE) {
            return Decision::Final(Some(why));
        }

        self.counts.note_wait(now, at);
        Decision::RetryAt(at)
    }

    /// Another request met an outage that is known. A wait that its response asks for is kept, but
    /// nothing is counted again.
    fn retry_with_outage(&mut self, failure: &Failure<'_>) -> Decision {
        let hinted = failure.now.saturating_add(failure.error.wait().unwrap_or_default());
        let at = self.closed_until.max(hinted);
        if let Some(why) = self.refuse(at, true, 0) {
            return Decision::Final(Some(why));
        }

        self.close(failure.now, at);
        Decision::RetryAt(at)
    }

    /// Every page waits until the failure may have passed.
    fn retry_after_outage(&mut self, failure: &Failure<'_>) -> Decision {
        let &Failure { class, now, is_repeated, .. } = failure;
        let begins = self.outage == 0;
        let outages = self.outages + u64::from(begins);

        let mut throttle = self.throttle;
        match class {
            FailureClass::Limited | FailureClass::Overloaded => throttle.handle_refusal(),
            _ => throttle.handle_failure(),
        }

        let delay = self.outage_delay(failure, outages, throttle.spacing());
        let at = now.saturating_add(delay);
        if let Some(why) = self.refuse(at, is_repeated || !begins, RetryBudget::cost(class)) {
            return Decision::Final(Some(why));
        }

        self.outages = outages;
        self.outage = self.outage.saturating_add(1);
        self.failed_at = Some(now);
        self.throttle = throttle;
        self.close(now, at);
        Decision::RetryAt(at)
    }

    /// How long an outage closes the export. `outages` includes this one.
    fn outage_delay(&self, failure: &Failure<'_>, outages: u64, spacing: Duration) -> Duration {
        let &Failure { error, class, failures, .. } = failure;

        // Not from the number of requests: with one seed, the delay is the same for every window.
        let unit = retry::jitter(self.seed ^ outages, u64::from(self.outage));

        // A limiter without a hint that has let requests through at a distance will do so again.
        let begins = self.outage == 0;
        if begins && error.wait().is_none() && !spacing.is_zero() {
            return spacing.saturating_add(retry::part(spacing, unit));
        }

        // A limit concerns all requests, a failure perhaps only this page.
        let is_limited = class == FailureClass::Limited;
        let attempts = if is_limited { self.outage.saturating_add(1) } else { failures };
        retry::delay(&self.policy, error.wait(), is_limited, attempts, unit)
    }

    /// Why nothing is sent again at `at`, if so. What is `paid` for costs nothing more.
    fn refuse(&mut self, at: Duration, paid: bool, cost: u32) -> Option<GaveUp> {
        if self.deadline_reached(at) {
            return Some(GaveUp::Deadline);
        }
        let affordable = paid || self.budget.take(cost);
        (!affordable).then_some(GaveUp::Budget)
    }

    /// A response used up the quota, which all pages share: all of them wait, if the policy says so.
    pub(crate) fn wait_for_quota(&mut self, now: Duration, wait: Option<Duration>) {
        let RetryPolicy { wait_for_quota, max_wait, .. } = self.policy;
        let Some(wait) = wait.filter(|wait| wait_for_quota && *wait <= max_wait) else { return };

        let soonest = now.saturating_add(wait);
        if soonest <= self.closed_until || self.deadline_reached(soonest) {
            return;
        }

        // All clients of a workspace are told the same second.
        let unit = retry::jitter(self.seed, self.counts.requests);
        let spread = soonest.saturating_add(retry::spread(unit));
        self.close(now, if self.deadline_reached(spread) { soonest } else { spread });
    }

    /// Sends nothing for this long, whatever the policy says of waits.
    pub(crate) fn delay_all(&mut self, now: Duration, length: Duration) {
        self.close(now, now.saturating_add(length));
    }

    fn close(&mut self, now: Duration, until: Duration) {
        if until > self.closed_until {
            self.counts.note_wait(now.max(self.closed_until), until);
            self.closed_until = until;
        }
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
