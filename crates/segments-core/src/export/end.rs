use std::time::Duration;

use super::Export;
use crate::export::fetch::{Fetch, Outcome};
use crate::export::plan::Plan;
use crate::export::seen::page_key::PageKey;
use crate::message::error::{Error, ErrorKind, PagingError, ResponseError};

/// How an export ends without reaching its goal.
impl Export {
    /// Ends with this error.
    pub(super) fn end(&mut self, error: Error) -> Outcome {
        let error = self.name_page_behind_end(error);
        self.error = Some(error.clone());
        Outcome::Failed { error }
    }

    /// Ends with the error of this page if it is the next one. A page that was requested ahead may
    /// lie behind the end of the list, where its failure does not matter.
    pub(super) fn end_or_hold(&mut self, page_key: PageKey, error: Error) -> Outcome {
        if self.wanted_pages().first() == Some(&page_key) {
            return self.end(error);
        }
        self.attempts.hold(page_key, error.clone());
        Outcome::Held { error }
    }

    /// Ends with an error that was held, if its page is the next one now.
    pub(super) fn end_if_held(&mut self) {
        if !self.attempts.has_failed_page() {
            return;
        }
        let next = self.wanted_pages().into_iter().next();
        if let Some(error) = next.and_then(|page_key| self.attempts.held(page_key)).cloned() {
            self.end(error);
        }
    }

    /// Ends if a limit of the plan is reached.
    pub(super) fn end_at_limit(&mut self, fetch: &Fetch, attempts: u32) -> Option<Outcome> {
        let limit = self.limit()?;
        Some(self.end(Error::new(ErrorKind::Paging(limit)).on(fetch.list(), attempts)))
    }

    /// The limit of the plan that is reached, if any.
    pub(super) fn limit(&self) -> Option<PagingError> {
        if self.strategy.ended().is_some() {
            return None;
        }

        let Plan { max_pages: pages, max_memory: bytes, .. } = self.plan;
        if self.wanted_pages().is_empty() {
            return Some(PagingError::PageLimit { pages });
        }

        let memory = self.seen.memory(self.plan.counts_list());
        if memory.saturating_add(self.strategy.memory()) > bytes {
            return Some(PagingError::MemoryLimit { bytes });
        }

        let requests = self.max_requests();
        let is_used_up = self.attempts.counts.requests >= requests;
        is_used_up.then_some(PagingError::RequestLimit { requests })
    }

    /// Whether the export has ended, with its goal or an error.
    pub(super) fn has_ended(&self) -> bool {
        self.error.is_some() || self.strategy.ended().is_some()
    }

    /// Whether no response counts any more. One that arrives at the very deadline still does.
    pub(super) fn is_over(&self, now: Duration) -> bool {
        self.has_ended() || self.plan.deadline.is_some_and(|deadline| now > deadline)
    }

    /// Whether it ended with an empty list although no response was a list of segments.
    pub(super) fn is_list_of_nothing(&self) -> bool {
        self.strategy.ended() == Some(Ok(()))
            && self.strategy.reads_from_the_first()
            && self.seen.ids.len() == 0
            && !self.seen.is_keyed
    }

    /// Braze gives an empty page behind the end of a list. Some gateways and mock servers refuse it,
    /// and then the error says so.
    fn name_page_behind_end(&self, error: Error) -> Error {
        let is_refused = matches!(error.status(), Some(400 | 404 | 410 | 416 | 422));
        let is_behind_others = error.request().is_some_and(|list| list.page > 0);
        let is_unnamed = *error.kind() == ErrorKind::Response(ResponseError::Status);

        if is_unnamed && is_refused && is_behind_others && self.seen.pages > 0 {
            return error.with_kind(ErrorKind::Response(ResponseError::NoSuchPage));
        }
        error
    }
}
