use std::time::Duration;

use http::Response;

use super::Export;
use crate::export::attempts::Decision;
use crate::export::fetch::{Exchange, Fetch, FetchId, Outcome};
use crate::export::seen::page_key::PageKey;
use crate::export::seen::received_page::ReceivedPage;
use crate::message::error::{
    Error, ErrorKind, PagingError, ResponseError, TransportError, TransportErrorKind,
};
use crate::message::response::Page;

/// An empty list is requested again after this time, because a server in an outage, or while it
/// starts, may send empty pages for a moment.
const EMPTY_LIST_DELAY: Duration = Duration::from_secs(1);

/// Handing in responses and failures.
impl Export {
    /// Hands in the response to a fetch, and tells what the export made of it.
    ///
    /// Only this and [`Export::handle_failure`] change what is requested next. Responses may come in
    /// any order, late, or twice: the first page for a fetch counts, whichever attempt brought it,
    /// and everything that is no longer needed is [`Outcome::Ignored`]. `now` is the time of its
    /// arrival, as in [`Export::poll`].
    ///
    /// Any status, header and body may be handed in; a response that is not a whole page is retried
    /// or ends the export with an error. The body must be whole: report one that was cut as
    /// [`TransportErrorKind::Closed`].
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use segments_core::export::Outcome;
    /// # use segments_core::{Api, ApiKey, Export, Instance, Page, Plan, Segment, Step};
    /// # let api = Api::new(Instance::Us01.into(), ApiKey::new("a-rest-api-key")?);
    /// # let page: Page = [Segment::new("a", "VIP", true, [""; 0])?].into_iter().collect();
    /// # let response = page.to_http();
    /// # let mut export = Export::new(api, Plan::default());
    ///
    /// let Step::Send(fetch) = export.poll(Duration::ZERO)? else { unreachable!("no page yet") };
    /// let now = Duration::from_millis(200);
    /// let first = export.handle_response(&fetch, now, &response);
    /// let second = export.handle_response(&fetch, now, &response);
    /// assert_eq!(*first.outcome(), Outcome::Page { rows: 1 });
    /// assert_eq!(*second.outcome(), Outcome::Ignored);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Keep each fetch with its request
    /// A response does not name its page, so the export believes the caller. A fetch of another
    /// export is [`Outcome::Foreign`], and a page under two numbers of one pass ends the export
    /// ([`PagingError::RepeatedPage`]). But two responses that change places are not detected, nor
    /// is an empty one in the place of a page. With several requests in flight, let the request own
    /// its fetch; never pair them by the order of arrival.
    pub fn handle_response<B: AsRef<[u8]>>(
        &mut self,
        fetch: &Fetch,
        now: Duration,
        response: &Response<B>,
    ) -> Exchange {
        let received = Some((response.status().as_u16(), response.body().as_ref().len()));
        if !fetch.owner.is(&self.identity) {
            return self.exchange(fetch, now, received, Outcome::Foreign);
        }
        self.note_call(fetch.asked_at, now);

        let outcome = if response.body().as_ref().len() > self.plan.max_body {
            let too_large = TransportError::new(TransportErrorKind::BodyTooLarge, "");
            self.handle_error(fetch, now, response_error(too_large))
        } else {
            match self.api.read(response) {
                Ok(page) => self.handle_page(fetch, now, page),
                Err(error) => self.handle_error(fetch, now, error),
            }
        };
        self.exchange(fetch, now, received, outcome)
    }

    /// Hands in the failure of a fetch: there is no whole response.
    ///
    /// Its [`TransportErrorKind`] decides whether the request is sent again. Everything said of
    /// [`Export::handle_response`] holds, except that a failure counts only for the current attempt
    /// of its page. A request that the caller cancelled needs no call: it is still wanted.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use segments_core::{TransportError, TransportErrorKind};
    /// # use segments_core::{Api, ApiKey, Export, Instance, Plan, Step};
    /// # let api = Api::new(Instance::Us01.into(), ApiKey::new("a-rest-api-key")?);
    /// # let mut export = Export::new(api, Plan::default());
    ///
    /// let Step::Send(fetch) = export.poll(Duration::ZERO)? else { unreachable!("no page yet") };
    /// let failure = TransportError::new(TransportErrorKind::Closed, "connection reset");
    /// export.handle_failure(&fetch, Duration::ZERO, failure);
    ///
    /// // The second attempt, after a backoff.
    /// let Step::Wait { until } = export.poll(Duration::ZERO)? else { unreachable!("it waits") };
    /// let Step::Send(fetch) = export.poll(until)? else { unreachable!("it waited") };
    /// assert_eq!(fetch.attempt(), 2);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    // A driver has no further use for the failure, and reads better without a borrow.
    #[allow(clippy::needless_pass_by_value)]
    pub fn handle_failure(
        &mut self,
        fetch: &Fetch,
        now: Duration,
        failure: TransportError,
    ) -> Exchange {
        if !fetch.owner.is(&self.identity) {
            return self.exchange(fetch, now, None, Outcome::Foreign);
        }
        self.note_call(fetch.asked_at, now);

        let failure = TransportError::new(failure.kind(), self.api.key().redact(failure.detail()));
        let error = match failure.kind() {
            TransportErrorKind::Redirect => {
                Error::new(ErrorKind::Response(ResponseError::Redirect { host: None }))
            }
            TransportErrorKind::BodyTooLarge
            | TransportErrorKind::HeadTooLarge
            | TransportErrorKind::InvalidHttp
            | TransportErrorKind::Http2Only => response_error(failure),
            _ => Error::new(ErrorKind::Transport(failure)),
        };
        let outcome = self.handle_error(fetch, now, error);
        self.exchange(fetch, now, None, outcome)
    }

    /// Hands in how a fetch ended: [`Export::handle_response`] or [`Export::handle_failure`].
    ///
    /// An [`io::Error`](std::io::Error) is a failure too.
    ///
    /// ```
    /// use std::io;
    /// use std::time::Duration;
    ///
    /// use segments_core::export::Outcome;
    /// # use segments_core::{Api, ApiKey, Export, Fetch, Instance, Plan, Step};
    /// # let api = Api::new(Instance::Us01.into(), ApiKey::new("a-rest-api-key")?);
    /// # let mut export = Export::new(api, Plan::default());
    /// fn send(fetch: &Fetch) -> io::Result<http::Response<Vec<u8>>> {
    ///     // …
    /// #   Err(io::ErrorKind::TimedOut.into())
    /// }
    ///
    /// let Step::Send(fetch) = export.poll(Duration::ZERO)? else { unreachable!("no page yet") };
    /// let exchange = export.handle_result(&fetch, fetch.timeout(), send(&fetch));
    /// assert!(matches!(exchange.outcome(), Outcome::Retry { .. }));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn handle_result<B: AsRef<[u8]>, E: Into<TransportError>>(
        &mut self,
        fetch: &Fetch,
        now: Duration,
        result: Result<Response<B>, E>,
    ) -> Exchange {
        match result {
            Ok(response) => self.handle_response(fetch, now, &response),
            Err(error) => self.handle_failure(fetch, now, error.into()),
        }
    }

    /// `received` is the status of a response and the length of its body.
    fn exchange(
        &self,
        fetch: &Fetch,
        now: Duration,
        received: Option<(u16, usize)>,
        outcome: Outcome,
    ) -> Exchange {
        let took = now.saturating_sub(fetch.asked_at);
        // After the end there is no next request to wait for.
        let pause = if self.is_over(now) {
            Duration::ZERO
        } else {
            self.attempts.closed_until().saturating_sub(now)
        };
        Exchange {
            list: fetch.list(),
            attempt: fetch.attempt(),
            status: received.map(|(status, _)| status),
            bytes: received.map(|(_, bytes)| bytes),
            took,
            pause,
            outcome,
        }
    }

    /// Whether a page of this key would be used.
    pub(super) fn awaits(&self, page_key: PageKey, now: Duration) -> bool {
        !self.is_over(now) && self.wanted_pages().contains(&page_key)
    }

    pub(super) fn accept_page(&mut self, fetch: &Fetch, now: Duration, page: Page) -> Outcome {
        let (list, page_key) = (fetch.list(), fetch.id.page_key);
        self.attempts.counts.note_request();
        if !self.awaits(page_key, now) {
            return self.ignore(fetch, now);
        }
        self.attempts.handle_success(page_key, fetch.asked_at, now);

        let quota_wait = page.head().pause.map(|hint| hint.wait);
        let is_over_limit = !page.is_empty() && list.page >= self.plan.max_pages;
        if is_over_limit && !self.is_single() {
            self.attempts.wait_for_quota(now, quota_wait);
            let limit = PagingError::PageLimit { pages: self.plan.max_pages };
            let error = Error::new(ErrorKind::Paging(limit)).on(list, 1);
            return self.end_or_hold(page_key, error);
        }

        let rows = page.len();
        let page = self.receive(fetch, now, page);
        if let Err((list, misfit)) = self.strategy.handle_page(page_key, page, &mut self.seen) {
            return self.end(Error::new(ErrorKind::Paging(misfit)).on(list, fetch.attempt()));
        }
        if let Some(failed) = self.end_at_limit(fetch, 1) {
            return failed;
        }
        if self.is_list_of_nothing() {
            let error = ResponseError::NoSegments { found: None };
            return self.end(Error::new(ErrorKind::Response(error)));
        }

        if self.strategy.take_pause() {
            self.attempts.delay_all(now, EMPTY_LIST_DELAY);
        }
        match self.strategy.ended() {
            None => {
                self.attempts.wait_for_quota(now, quota_wait);
                self.end_if_held();
            }
            Some(Ok(())) => self.claims = Some(self.strategy.claims(&self.seen)),
            Some(Err(_)) => {}
        }
        Outcome::Page { rows }
    }

    /// Numbers a page, and notes the time that it is about.
    fn receive(&mut self, fetch: &Fetch, now: Duration, page: Page) -> ReceivedPage {
        let received = self.counters.responses.next();
        self.counters.responses = received;
        let during = self.counters.times.note_response(fetch.asked_at, now, page.head().date);
        ReceivedPage { page, asked: fetch.asked, received, during }
    }

    /// Retries the page of an error, or ends with the error.
    pub(super) fn handle_error(&mut self, fetch: &Fetch, now: Duration, error: Error) -> Outcome {
        let FetchId { page_key, attempt } = fetch.id;
        self.attempts.counts.note_request();
        // A request that fails at the deadline failed because of the deadline.
        if self.attempts.deadline_reached(now) || !self.is_needed(fetch.id) {
            return self.ignore(fetch, now);
        }

        let error = error.on(page_key.list, attempt.number);
        let outcome = match self.attempts.handle_failure(page_key, fetch.asked_at, now, &error) {
            Decision::RetryAt(at) => Outcome::Retry { error, after: at.saturating_sub(now) },
            Decision::Final(why) => {
                let error = match why {
                    Some(why) => error.with_gave_up(why),
                    None => error,
                };
                // A refused key and an exhausted quota concern every page.
                if matches!(error.kind(), ErrorKind::Refused | ErrorKind::RateLimited) {
                    return self.end(error);
                }
                self.end_or_hold(page_key, error)
            }
        };

        if matches!(outcome, Outcome::Failed { .. }) {
            return outcome;
        }
        self.end_at_limit(fetch, attempt.number).unwrap_or(outcome)
    }

    /// A response that is not needed was a request all the same, perhaps the last that is allowed.
    fn ignore(&mut self, fetch: &Fetch, now: Duration) -> Outcome {
        if self.has_ended() || self.attempts.deadline_reached(now) {
            return Outcome::Ignored;
        }
        self.end_at_limit(fetch, fetch.attempt()).unwrap_or(Outcome::Ignored)
    }
}

fn response_error(failure: TransportError) -> Error {
    Error::new(ErrorKind::Response(ResponseError::Http(failure)))
}
