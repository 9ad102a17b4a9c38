use std::time::Duration;

use super::Export;
use crate::export::fetch::{Fetch, Outcome};
use crate::export::seen::anomaly::Anomaly;
use crate::message::error::{Error, ErrorKind, ResponseError};
use crate::message::headers::CacheSign;
use crate::message::response::Page;

/// Pages out of a cache.
impl Export {
    /// Takes a page, unless a cache may have sent it and the export would conclude something from it.
    pub(super) fn handle_page(&mut self, fetch: &Fetch, now: Duration, page: Page) -> Outcome {
        // Every page is looked at: the one that is wanted may repeat the request id of one that is not.
        let sign = self.seen.cache_sign(&page);
        let Some(sign) = sign.filter(|_| self.awaits(fetch.id.page_key, now)) else {
            return self.accept_page(fetch, now, page);
        };
        self.seen.anomalies.add(Anomaly::Cached { request: fetch.list(), sign });

        // A walk claims nothing, but an old page must not end it.
        let proves = self.strategy.proves();
        let ends_walk = page.is_empty() && !self.is_single();
        if !proves && !ends_walk {
            return self.accept_page(fetch, now, page);
        }

        let request_id = page.request_id().map(Into::into);
        let error = Error::new(ErrorKind::Response(ResponseError::Cached(sign)));
        let error = error.with_response(200, request_id, None);
        if proves && sign == CacheSign::RepeatedRequestId {
            // The earlier response may have been as old, and conclusions were drawn from it.
            self.attempts.counts.note_request();
            return self.end(error.on(fetch.list(), fetch.attempt()));
        }
        self.handle_error(fetch, now, error)
    }
}
