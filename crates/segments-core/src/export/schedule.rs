use std::time::Duration;

use super::Export;
use crate::export::attempts::Attempt;
use crate::export::fetch::{Fetch, FetchId};
use crate::export::plan::Plan;
use crate::export::seen::page_key::PageKey;
use crate::export::strategy::Strategy;
use crate::export::strategy::lookahead::Lookahead;

/// What is asked for now, and when that changes.
impl Export {
    /// Every page wanted now, up to the plan's window, the most urgent first. Whoever has several
    /// requests in flight sends those whose [`Fetch::id`] is not among them.
    pub fn poll_fetches(&self, now: Duration) -> Vec<Fetch> {
        self.requests(now).collect()
    }

    /// Whether an answer to this request would still be of use. What is not can be dropped; what is
    /// need not be among [`Export::poll_fetches`] while the export waits, or asks for less at a time.
    pub fn is_needed(&self, id: FetchId) -> bool {
        let FetchId { page_key, attempt, replacement } = id;
        !self.has_ended() && self.is_current(page_key, attempt, replacement)
    }

    /// Of two answers to one attempt the first counts.
    pub(super) fn is_current(&self, page_key: PageKey, attempt: u32, replacement: bool) -> bool {
        let current = Attempt { number: attempt, replacement };
        self.attempts.attempt(page_key) == current && self.wanted_pages().contains(&page_key)
    }

    pub(super) fn requests(&self, now: Duration) -> impl Iterator<Item = Fetch> + '_ {
        let late = self.plan.deadline.is_some_and(|deadline| now >= deadline);
        let closed = self.error.is_some() || late || now < self.attempts.closed_until();
        let mut page_keys = if closed { Vec::new() } else { self.sendable_pages() };
        page_keys.truncate(usize::try_from(self.requests_left()).unwrap_or(usize::MAX));
        let ready =
            page_keys.into_iter().filter(move |page_key| self.attempts.ready_at(*page_key) <= now);
        ready.map(move |page_key| {
            let Attempt { number, replacement } = self.attempts.attempt(page_key);
            self.fetch(FetchId { page_key, attempt: number, replacement }, now)
        })
    }

    /// When the answer of [`Export::poll_fetches`] changes by itself, if it does: a wait ends, or the
    /// deadline comes.
    pub fn poll_timeout(&self, now: Duration) -> Option<Duration> {
        if self.is_over(now) {
            return None;
        }
        let page_keys = self.sendable_pages();
        let waits = page_keys.into_iter().map(|page_key| self.attempts.ready_at(page_key));
        waits.chain(self.plan.deadline).filter(|at| *at > now).min()
    }

    /// The pages that are wanted and can be sent, as many as the server is to be asked for at once.
    fn sendable_pages(&self) -> Vec<PageKey> {
        let mut page_keys = self.wanted_pages();
        page_keys.retain(|page_key| self.attempts.held(*page_key).is_none());
        page_keys.truncate(self.attempts.max_in_flight());
        page_keys
    }

    pub(super) fn wanted_pages(&self) -> Vec<PageKey> {
        let window = self.plan.window.clamp(1, Plan::MAX_WINDOW);
        // Near the limit of requests every one is for the next page.
        let plenty = self.requests_left() > 2 * u64::from(window);
        let ahead = Lookahead {
            window: window.into(),
            pages: self.seen.with_rows,
            whole: false,
            far: usize::from(plenty),
        };
        let mut page_keys = self.strategy.wanted(ahead, &self.seen);
        // That nothing lies behind the last page that is allowed, two answers have to show.
        let behind = self.plan.max_pages.saturating_add(1);
        page_keys.retain(|page_key| self.is_named() || page_key.list.page <= behind);
        page_keys
    }

    /// A page that the caller named is not one of many.
    pub(super) fn is_named(&self) -> bool {
        matches!(self.strategy, Strategy::Single(_))
    }

    fn requests_left(&self) -> u64 {
        self.max_requests().saturating_sub(self.attempts.counts.requests)
    }

    /// Answers are numbered in 32 bits.
    pub(super) fn max_requests(&self) -> u64 {
        self.plan.max_requests.min(u64::from(u32::MAX))
    }

    fn fetch(&self, id: FetchId, now: Duration) -> Fetch {
        let left = self.plan.deadline.map(|deadline| deadline.saturating_sub(now));
        Fetch {
            api: self.api.clone(),
            owner: self.identity.clone(),
            id,
            asked: self.counters.answers,
            asked_at: now,
            timeout: left.map_or(self.plan.timeout, |left| left.min(self.plan.timeout)),
            max_head: self.plan.max_head,
            max_body: self.plan.max_body,
        }
    }
}
