use std::time::Duration;

use http::header::ALLOW;
use http::{HeaderMap, Method, Request, Response, StatusCode};
use segments_core::ListRequest;
use segments_core::request::InvalidListRequest;
use segments_core::response::{RateLimit, Timestamp};

use crate::workspace::Workspace;
use crate::workspace::draft::Draft;
use crate::workspace::encoding::accepts_gzip;
use crate::workspace::key::{self, Authorization, authorize};
use crate::workspace::log::LogEntry;
use crate::workspace::messages;

/// The endpoint.
impl Workspace {
    /// Answers a request at `now`, the time since the Unix epoch.
    ///
    /// Every request gets a response: nothing panics, and only a [`Script`](crate::Script) makes a
    /// status of 5xx. The body of the request is ignored. If a script asks for more than a response
    /// can express, such as a closed connection, the extensions of the response hold a
    /// [`Delivery`](crate::Delivery).
    ///
    /// Checks come in this order:
    ///
    /// 1. the path: 404, or 403 if it is right except for a trailing slash
    /// 2. the method: 405
    /// 3. the API key: 401
    /// 4. its permission: 403
    /// 5. the rate limit: 429
    /// 6. the parameters: 400
    /// 7. the script
    ///
    /// Requests that reach the rate limit count against it. Recordings show that the key comes
    /// before the rate limit, and the rate limit before the parameters; the rest of the order is
    /// invented.
    pub fn answer<B>(&mut self, request: &Request<B>, now: Duration) -> Response<Vec<u8>> {
        // The rest does not depend on the type of the body, and is compiled once.
        let list_request = ListRequest::from_http(request);
        self.respond(request.method(), request.uri().path(), request.headers(), list_request, now)
    }

    fn respond(
        &mut self,
        method: &Method,
        path: &str,
        headers: &HeaderMap,
        request: Result<ListRequest, InvalidListRequest>,
        now: Duration,
    ) -> Response<Vec<u8>> {
        let draft = self.check(method, path, headers, request, now);

        self.responses += 1;
        let request = request.ok();
        self.log.push(LogEntry {
            number: 0,
            at: Timestamp::from_unix(now.as_secs()),
            method: method.clone(),
            page: request.map(|request| request.page),
            sort_direction: request.and_then(|request| request.sort_direction),
            key: key::position(&self.keys, headers),
            status: draft.status.as_u16(),
            fault: draft.fault,
        });

        let page = draft.whole_page();
        if let Some(page) = page {
            self.list.mark_sent(page, self.page_size, self.responses);
        }
        self.make_due_edits(page.map(|page| page.page));

        let number = self.seed.wrapping_add(self.responses);
        draft.finish(number, now, accepts_gzip(headers))
    }

    fn check(
        &mut self,
        method: &Method,
        path: &str,
        headers: &HeaderMap,
        request: Result<ListRequest, InvalidListRequest>,
        now: Duration,
    ) -> Draft {
        // Observed on a 401: the three rate-limit headers are there, and empty.
        let refuse = |status, message: &str| Draft::error(status, message, RateLimit::default());

        if request == Err(InvalidListRequest::Path) {
            let has_trailing_slash = path.strip_suffix('/') == Some(ListRequest::PATH);
            return if has_trailing_slash {
                refuse(StatusCode::FORBIDDEN, messages::TRAILING_SLASH)
            } else {
                refuse(StatusCode::NOT_FOUND, messages::NOT_FOUND)
            };
        }

        if method != Method::GET {
            return refuse(StatusCode::METHOD_NOT_ALLOWED, messages::METHOD_NOT_ALLOWED)
                .header(ALLOW, "GET");
        }

        match authorize(&self.keys, headers) {
            Authorization::Granted => {}
            Authorization::MissingPermission => {
                return refuse(StatusCode::FORBIDDEN, messages::MISSING_PERMISSION);
            }
            Authorization::UnknownKey(key) => {
                return refuse(StatusCode::UNAUTHORIZED, &messages::invalid_key(key));
            }
        }

        let Some(rate_limit) = self.quota.consume(now) else {
            let rate_limit = self.quota.rate_limit();
            return Draft::error(StatusCode::TOO_MANY_REQUESTS, messages::RATE_LIMITED, rate_limit);
        };

        let request = match request {
            Ok(request) => request,
            Err(error) => {
                return Draft::error(StatusCode::BAD_REQUEST, &error.to_string(), rate_limit);
            }
        };

        match self.script.fire(request, now) {
            Some((index, fault)) => {
                let draft = self.fault_response(fault, request, rate_limit, now);
                Draft { fault: Some(index), ..draft }
            }
            None => self.page_response(request, rate_limit),
        }
    }
}
