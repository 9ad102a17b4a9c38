use std::time::Duration;

use http::header::{CONTENT_ENCODING, CONTENT_LENGTH, ETAG, TRANSFER_ENCODING};
use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode};
use segments_core::ListRequest;
use segments_core::response::RateLimit;
use serde::Serialize;

use crate::workspace::delivery::{Delivery, DeliveryMode};
use crate::workspace::encoding::gzip;
use crate::workspace::headers;

/// A response before it gets the headers that all responses have.
pub(crate) struct Draft {
    pub(crate) status: StatusCode,
    pub(crate) body: Vec<u8>,
    /// The rate-limit headers: empty ones for a default value, none at all for `None`.
    pub(crate) rate_limit: Option<RateLimit>,
    pub(crate) headers: HeaderMap,
    pub(crate) delivery: Delivery,
    /// The page in the body, which need not be the one that was asked for.
    pub(crate) page: Option<ListRequest>,
    /// The index of the fault that fired, for the log.
    pub(crate) fault: Option<usize>,
    /// The body consists of bytes that a script names, and is never compressed.
    pub(crate) is_verbatim: bool,
    /// It comes from a rate limiter in front of Braze.
    pub(crate) is_from_nginx: bool,
}

impl Draft {
    pub(crate) fn new(status: StatusCode, body: Vec<u8>, rate_limit: RateLimit) -> Self {
        Self {
            status,
            body,
            rate_limit: Some(rate_limit),
            headers: HeaderMap::new(),
            delivery: Delivery::default(),
            page: None,
            fault: None,
            is_verbatim: false,
            is_from_nginx: false,
        }
    }

    /// An error with the body that Braze documents.
    pub(crate) fn error(status: StatusCode, message: &str, rate_limit: RateLimit) -> Self {
        #[derive(Serialize)]
        struct Body<'a> {
            message: &'a str,
        }
        Self::new(status, json(&Body { message }), rate_limit)
    }

    /// With this header, unless the value has a character that a header cannot hold.
    pub(crate) fn header(mut self, name: HeaderName, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.insert(name, value);
        }
        self
    }

    pub(crate) fn delivered(mut self, mode: DeliveryMode) -> Self {
        self.delivery.mode = mode;
        self
    }

    /// The page that the client gets to see whole, if any.
    pub(crate) fn whole_page(&self) -> Option<ListRequest> {
        match self.delivery.mode {
            DeliveryMode::Whole
            | DeliveryMode::Drip { .. }
            | DeliveryMode::DripHead { .. }
            | DeliveryMode::Endless => self.page,
            DeliveryMode::Cut { .. }
            | DeliveryMode::Stall { .. }
            | DeliveryMode::Close
            | DeliveryMode::Reset { .. }
            | DeliveryMode::Verbatim(_) => None,
        }
    }

    /// The place of a cut, which must lose at least one byte of the body.
    pub(crate) fn limit_cut(&self, after: usize) -> usize {
        after.min(self.body.len() - 1)
    }

    /// Makes the response. `number` counts the responses of the workspace from 1.
    pub(crate) fn finish(
        mut self,
        number: u64,
        now: Duration,
        accepts_gzip: bool,
    ) -> Response<Vec<u8>> {
        // Observed: the tag is that of the body before it is compressed.
        if self.status.is_success() && !self.headers.contains_key(ETAG) {
            let etag = headers::etag(&self.body);
            self.headers.insert(ETAG, etag);
        }

        if accepts_gzip {
            self.compress();
        }

        let mut headers = if self.is_from_nginx {
            headers::nginx(now)
        } else {
            headers::braze(self.status.is_success(), number, now, self.rate_limit)
        };
        headers.extend(self.headers);

        let mut response = Response::new(self.body);
        *response.status_mut() = self.status;
        *response.headers_mut() = headers;
        if self.delivery != Delivery::default() {
            response.extensions_mut().insert(self.delivery);
        }
        response
    }

    /// Compresses the body, unless a script determines its bytes or their framing.
    fn compress(&mut self) {
        let framing = [CONTENT_ENCODING, CONTENT_LENGTH, TRANSFER_ENCODING];
        let has_own_framing = framing.iter().any(|name| self.headers.contains_key(name));
        // Spaces follow the body of an endless response, and nothing may follow a gzip member.
        let is_endless = self.delivery.mode == DeliveryMode::Endless;
        if self.is_verbatim || has_own_framing || is_endless || self.body.is_empty() {
            return;
        }

        self.body = gzip(&self.body);
        self.headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));

        // The compressed body is shorter.
        let longest_cut = self.limit_cut(usize::MAX);
        if let DeliveryMode::Cut { after } | DeliveryMode::Stall { after } = &mut self.delivery.mode
        {
            *after = (*after).min(longest_cut);
        }
    }
}

pub(crate) fn json<T: Serialize>(body: &T) -> Vec<u8> {
    serde_json::to_vec(body).expect("strings and lists have a JSON form")
}
