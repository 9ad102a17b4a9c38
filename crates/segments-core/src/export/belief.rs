//! Answers that are not believed, or mean something else than they say.

use std::time::Duration;

use super::Export;
use crate::export::fetch::{Fetch, Outcome};
use crate::export::seen::anomaly::Anomaly;
use crate::export::strategy::Strategy;
use crate::message::error::{Error, ErrorKind, ResponseError};
use crate::message::headers::CacheSign;
use crate::message::response::Page;

impl Export {
    /// Takes a page, unless it came out of a cache and something would be concluded from it.
    pub(super) fn page(&mut self, fetch: &Fetch, now: Duration, page: Page) -> Outcome {
        // Also of a response that nobody waits for any more.
        let sign = self.seen.cache_sign(&page);
        let is_wanted = || !self.is_over(now) && self.wanted_pages().contains(&fetch.id.page_key);
        let Some(sign) = sign.filter(|_| is_wanted()) else { return self.paged(fetch, now, page) };
        let request = fetch.list();
        self.seen.anomalies.add(Anomaly::Cached { request, sign });

        // A walk claims nothing, but an old page must not end it. One page is what it is.
        let ends = page.is_empty() && !matches!(self.strategy, Strategy::Single(_));
        if !self.strategy.proves() && !ends {
            return self.paged(fetch, now, page);
        }
        let request_id = page.request_id().map(Into::into);
        let error = Error::new(ErrorKind::Response(ResponseError::Cached(sign)));
        let error = error.with_response(200, request_id, None);
        if self.strategy.proves() && sign == CacheSign::RepeatedRequestId {
            // The earlier response may have been as old, and what was concluded from it stands.
            self.attempts.count();
            return self.end(error.on(request, fetch.attempt()));
        }
        self.failed(fetch, now, error)
    }

    /// Whether it has ended with nothing, and nothing said that this is a list of segments.
    pub(super) fn is_list_of_nothing(&self) -> bool {
        self.strategy.ended() == Some(Ok(()))
            && self.strategy.reads_from_the_first()
            && self.seen.ids.len() == 0
            && !self.seen.is_keyed
    }

    /// Says so if a page was refused that stands behind others: what is an empty page to Braze, some
    /// gateways and mock servers refuse.
    pub(super) fn behind_the_last(&self, error: Error) -> Error {
        let refused = matches!(error.status(), Some(400 | 404 | 410 | 416 | 422));
        let is_behind = error.request().is_some_and(|list| list.page > 0);
        let unnamed = *error.kind() == ErrorKind::Response(ResponseError::Status);
        if unnamed && refused && is_behind && self.seen.pages > 0 {
            return error.with_kind(ErrorKind::Response(ResponseError::NoSuchPage));
        }
        error
    }
}
