use serde::{Deserialize, Serialize};

use crate::faults::json_format::bytes;

/// The response of a [`Fault`](crate::Fault). All kinds are invented, for tests.
///
/// In JSON a kind is its name in `snake_case`: alone (`"close"`), with its one value
/// (`{"cut":120}`), or with its fields (`{"status":{"code":503}}`).
///
/// A byte count of [`FaultKind::Cut`] or [`FaultKind::Stall`] that is not smaller than the body
/// means all of the body but its last byte.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[non_exhaustive]
pub enum FaultKind {
    /// The usual response; for faults that only add a delay or headers.
    #[default]
    Ordinary,
    /// A status with the error body that Braze documents: `{"message":"…"}`.
    Status {
        /// The status, from 100 to 999. Another code is an error when a script is parsed; in a
        /// script that is built in Rust it becomes 500.
        code: u16,
        /// The text; if `None`, the standard reason phrase of the status.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        message: Option<String>,
    },
    /// 429 with `X-RateLimit-Remaining: 0`.
    RateLimited {
        /// `X-RateLimit-Reset`, in seconds after the response.
        reset_in: u64,
        /// `Retry-After`, in seconds. Braze does not document this header, so `None` leaves it out.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        retry_after: Option<u64>,
        /// Leaves out the three `X-RateLimit-*` headers, as Braze documents for other endpoints.
        #[serde(default)]
        bare: bool,
    },
    /// A rate limiter in front of Braze, as nginx's `limit_req` without a delay. Requests above the
    /// rate get this status and nginx's HTML page, without `Retry-After` and without Braze's
    /// headers. Requests within the rate go on to the next fault of the script.
    LeakyBucket {
        /// The rate, in requests per second.
        per_second: u32,
        /// How many requests may exceed the rate at once.
        #[serde(default)]
        burst: u32,
        /// The status of a refusal. The default is 503, as in nginx.
        #[serde(default = "nginx_status")]
        code: u16,
    },
    /// 200 and an HTML page, as from a proxy or a login form.
    Html,
    /// 200 and the page, with this `message` in place of `success`.
    Message(String),
    /// 200 and the page, with these minor `errors` beside `success` (documented by Braze).
    Errors(Vec<String>),
    /// 200 and `{"message":"success"}`, without `segments`.
    MissingSegments,
    /// 200 and `{"segments":null,"message":"success"}`.
    NullSegments,
    /// 200 and this body; in JSON a string or an array of numbers.
    Body(#[serde(with = "bytes")] Vec<u8>),
    /// A redirect to this URL, with status 302.
    Redirect(String),
    /// The page, compressed whatever the request accepts, with `Content-Encoding: gzip`.
    Gzip,
    /// The page, with both `Content-Length` and `Transfer-Encoding: chunked`.
    BothFramings,
    /// This many bytes of the body, after which the connection closes. The head declares the full
    /// length.
    Cut(usize),
    /// This many bytes of the body, after which nothing comes and the connection stays open. The
    /// head declares the full length.
    Stall(usize),
    /// The body byte by byte, with this many milliseconds before each byte.
    #[serde(rename = "drip_ms")]
    Drip(u64),
    /// The head byte by byte, with this many milliseconds before each byte; then the body at once.
    #[serde(rename = "drip_head_ms")]
    DripHead(u64),
    /// The page, followed by spaces without end.
    Endless,
    /// No response: the connection closes.
    Close,
    /// This many bytes of the response, head included, after which the connection is reset.
    Reset(usize),
    /// These bytes in place of an HTTP response, after which the connection closes; in JSON a
    /// string or an array of numbers.
    Verbatim(#[serde(with = "bytes")] Vec<u8>),
    /// Page 0, whatever page the request asks for.
    IgnorePage,
    /// The page in the default order (oldest first), whatever order the request asks for.
    IgnoreSortDirection,
}

const fn nginx_status() -> u16 {
    503
}
