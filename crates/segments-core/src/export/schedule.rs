use std::time::Duration;

use super::Export;
use crate::export::attempts::attempt::Attempt;
use crate::export::fetch::{Fetch, FetchId};
use crate::export::plan::Plan;
use crate::export::seen::page_key::PageKey;
use crate::export::strategy::Strategy;
use crate::export::strategy::lookahead::Lookahead;

/// Several requests in flight.
impl Export {
    /// Every request that may be in flight now, the most urgent first: for drivers that send several
    /// at once. Send those whose [`Fetch::id`] is not in flight yet.
    ///
    /// There are at most [`Plan::window`] of them, and fewer while the length of the list is unknown
    /// or after a failure. During a wait there is none, so a request in flight that is not among
    /// them may still be needed: ask [`Export::is_needed`].
    ///
    /// Like [`Export::poll`] it can be called at any time and changes nothing. The same fetches are
    /// given until a response or a failure is handed in, or the time of [`Export::poll_timeout`]
    /// comes. Batches and the end are only given by [`Export::poll`].
    ///
    /// ```
    /// use std::collections::HashSet;
    /// use std::time::Duration;
    /// # use segments_core::{Api, ApiKey, Export, Fetch, Instance, Plan};
    /// # let api = Api::new(Instance::Us01.into(), ApiKey::new("a-rest-api-key")?);
    /// # let export = Export::new(api, Plan::default());
    ///
    /// let mut in_flight = HashSet::new();
    /// let mut start = |fetches: Vec<Fetch>| {
    ///     fetches.into_iter().filter(|fetch| in_flight.insert(fetch.id())).count()
    /// };
    /// assert!(start(export.poll_fetches(Duration::ZERO)) > 1);
    /// assert_eq!(start(export.poll_fetches(Duration::ZERO)), 0, "all are in flight");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn poll_fetches(&self, now: Duration) -> Vec<Fetch> {
        self.fetches(now).collect()
    }

    /// Whether a response to this request would still be used. A driver may drop the request if not.
    pub fn is_needed(&self, id: FetchId) -> bool {
        let FetchId { page_key, attempt } = id;
        // Of two responses to one attempt the first counts.
        let is_current = || self.attempts.attempt(page_key) == attempt;
        !self.has_ended() && is_current() && self.wanted_pages().contains(&page_key)
    }

    /// When to poll again although nothing was handed in: the end of a wait, or the deadline. `None`
    /// if only a response or a failure changes anything, and after the end. Always after `now`.
    ///
    /// ```
    /// use std::time::Duration;
    /// # use segments_core::{Api, ApiKey, Export, Instance, Plan};
    /// # let api = Api::new(Instance::Us01.into(), ApiKey::new("a-rest-api-key")?);
    ///
    /// let mut plan = Plan::default();
    /// plan.deadline = Some(Duration::from_secs(600));
    /// let export = Export::new(api, plan);
    /// assert_eq!(export.poll_timeout(Duration::ZERO), Some(Duration::from_secs(600)));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn poll_timeout(&self, now: Duration) -> Option<Duration> {
        if self.is_over(now) {
            return None;
        }
        let page_keys = self.sendable_pages();
        let waits = page_keys.into_iter().map(|page_key| self.attempts.ready_at(page_key));
        waits.chain(self.plan.deadline).filter(|at| *at > now).min()
    }

    pub(super) fn fetches(&self, now: Duration) -> impl Iterator<Item = Fetch> + '_ {
        let is_closed = self.error.is_some()
            || self.attempts.deadline_reached(now)
            || now < self.attempts.closed_until();
        let mut page_keys = if is_closed { Vec::new() } else { self.sendable_pages() };
        page_keys.truncate(usize::try_from(self.requests_left()).unwrap_or(usize::MAX));

        let is_ready = move |page_key: &PageKey| self.attempts.ready_at(*page_key) <= now;
        let ready = page_keys.into_iter().filter(is_ready);
        ready.map(move |page_key| self.fetch(page_key, self.attempts.attempt(page_key), now))
    }

    /// The pages that are wanted and can be sent, as many as the throttle allows at once.
    fn sendable_pages(&self) -> Vec<PageKey> {
        let mut page_keys = self.wanted_pages();
        page_keys.retain(|page_key| self.attempts.held(*page_key).is_none());
        if let Some(most) = self.attempts.max_in_flight() {
            page_keys.truncate(usize::try_from(most).unwrap_or(usize::MAX));
        }
        page_keys
    }

    pub(super) fn wanted_pages(&self) -> Vec<PageKey> {
        let window = self.plan.window.clamp(1, Plan::MAX_WINDOW);
        // Near the limit of requests, none is spent on a probe.
        let has_plenty = self.requests_left() > 2 * u64::from(window);
        let ahead = Lookahead {
            window: window.into(),
            known_pages: self.seen.with_rows,
            is_end_known: false,
            probes: usize::from(has_plenty),
        };

        let mut page_keys = self.strategy.wanted(ahead, &self.seen);
        // Two more responses have to show that there is nothing behind the last page allowed.
        let last = self.plan.max_pages.saturating_add(1);
        page_keys.retain(|page_key| page_key.list.page <= last || self.is_single());
        page_keys
    }

    /// Whether it reads one page that the caller named.
    pub(super) fn is_single(&self) -> bool {
        matches!(self.strategy, Strategy::Single(_))
    }

    fn requests_left(&self) -> u64 {
        self.max_requests().saturating_sub(self.attempts.counts.requests)
    }

    /// The limit of the plan, or that of the 32 bits that number responses.
    pub(super) fn max_requests(&self) -> u64 {
        self.plan.max_requests.min(u64::from(u32::MAX))
    }

    fn fetch(&self, page_key: PageKey, attempt: Attempt, now: Duration) -> Fetch {
        let left = self.plan.deadline.map(|deadline| deadline.saturating_sub(now));
        Fetch {
            api: self.api.clone(),
            owner: self.identity.clone(),
            id: FetchId { page_key, attempt },
            asked: self.counters.responses,
            after: self.attempts.counts.requests,
            asked_at: now,
            timeout: left.map_or(self.plan.timeout, |left| left.min(self.plan.timeout)),
            max_head: self.plan.max_head,
            max_body: self.plan.max_body,
        }
    }
}
