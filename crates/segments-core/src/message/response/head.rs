use http::{HeaderMap, HeaderName};

use crate::message::digest;
use crate::message::headers::{self, CacheSign, RateLimit, Timestamp, WaitHint};
use crate::message::request::ApiKey;
use crate::message::response::server_text::sanitized;

static X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// What the head of a page says.
#[derive(Debug, Clone, Default)]
pub(crate) struct Head {
    pub(super) rate_limit: RateLimit,
    pub(super) request_id: Option<RequestId>,
    pub(crate) date: Option<Timestamp>,
    /// The quota is used up for so long.
    pub(crate) pause: Option<WaitHint>,
    pub(crate) cache_sign: Option<CacheSign>,
}

impl Head {
    pub(super) fn read(headers: &HeaderMap, request_id: Option<RequestId>) -> Self {
        let (rate_limit, date) = (RateLimit::from_headers(headers), headers::date(headers));
        Self {
            rate_limit,
            request_id,
            date,
            pause: WaitHint::of_used_up_quota(rate_limit, date),
            cache_sign: CacheSign::of(headers),
        }
    }

    /// A digest of the request id as it came.
    pub(crate) fn request_id_digest(&self) -> Option<u64> {
        self.request_id.as_ref().map(|id| id.digest)
    }
}

/// The `X-Request-Id` of a response.
#[derive(Debug, Clone)]
pub(super) struct RequestId {
    /// Safe to show.
    pub(super) text: Box<str>,
    /// Of the bytes as they came.
    digest: u64,
}

impl RequestId {
    pub(super) fn read(headers: &HeaderMap, key: &ApiKey) -> Option<Self> {
        let bytes = headers.get(&X_REQUEST_ID)?.as_bytes().trim_ascii();
        if bytes.is_empty() {
            return None;
        }
        let text = sanitized(&String::from_utf8_lossy(bytes), key);
        Some(Self { text, digest: digest::of_request_id(bytes) })
    }
}
