use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue};
use segments_core::{ListRequest, SortDirection};
use serde::{Deserialize, Serialize};

use crate::faults::script::{headers, millis, once, text};

/// One rule of a [`Script`](crate::Script): which requests it answers, how often, and with what.
///
/// Invented, for tests. A rule is made by naming what it answers with and then, if need be, for
/// whom: [`Fault::page`], [`Fault::sort_direction`], [`Fault::after`], [`Fault::times`].
///
/// ```
/// use std::time::Duration;
/// use segments_core::SortDirection;
/// use segments_emulator::Fault;
///
/// // The third and the fourth time that page 7 is asked for newest first: 502 after 100 ms.
/// let fault = Fault::status(502)
///     .page(7)
///     .sort_direction(SortDirection::Desc)
///     .after(2)
///     .times(2)
///     .delayed(Duration::from_millis(100));
/// assert_eq!(fault.times, Some(2));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Fault {
    /// Only requests for this page, counted from 0; any if `None`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub page: Option<u32>,
    /// Only requests for this order, where a request that names none asks for `asc`; any if `None`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sort_direction: Option<SortDirection>,
    /// How many of those are answered as usual before the rule begins.
    #[serde(default)]
    pub after: u32,
    /// How many are answered by the rule; `None` is for ever. 1 if a file says nothing.
    #[serde(default = "once")]
    pub times: Option<u32>,
    /// How long the answer is held back, in whole milliseconds.
    #[serde(default, rename = "delay_ms", with = "millis")]
    pub delay: Duration,
    /// Headers that replace those of the same name in the answer, or are added to it.
    ///
    /// With `content-length` or `transfer-encoding` among them the server writes the answer as it
    /// stands and closes the connection, so that framing can be made wrong in any way.
    #[serde(default, with = "headers", skip_serializing_if = "HeaderMap::is_empty")]
    pub headers: HeaderMap,
    /// What the answer is.
    #[serde(default)]
    pub kind: Kind,
}

/// What a [`Fault`] answers with.
///
/// In JSON the name in `snake_case`: alone (`"close"`), with its one value (`{"cut":120}`), or with
/// its fields (`{"status":{"code":503}}`).
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[non_exhaustive]
pub enum Kind {
    /// The usual answer; for rules that only delay or set headers.
    #[default]
    Ordinary,
    /// A status with Braze's shape of an error: `{"message":"…"}`.
    Status {
        /// The status. A code out of 100 to 999 cannot be served: a script that is read is refused
        /// for it, and one that is built in Rust answers 500.
        code: u16,
        /// The text; the usual phrase of the status if `None`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        message: Option<String>,
    },
    /// 429 with nothing remaining.
    RateLimited {
        /// When the allowance starts anew, in seconds after the answer.
        reset_in: u64,
        /// `Retry-After`, in seconds; not documented by Braze, so left out if `None`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        retry_after: Option<u64>,
        /// Leaves the three `X-RateLimit-*` headers out, which is documented to happen elsewhere.
        #[serde(default)]
        bare: bool,
    },
    /// A limiter in front, as nginx's `limit_req` is one: requests that come faster get this status
    /// and a page of HTML, which say neither for how long nor who refused. Those that pass are none
    /// of this rule's affair, and later rules see them.
    LeakyBucket {
        /// Requests a second.
        per_second: u32,
        /// How many may come at once beyond that.
        #[serde(default)]
        burst: u32,
        /// The status of a refusal; nginx's own default is 503.
        #[serde(default = "overloaded")]
        code: u16,
    },
    /// 200 and a page of HTML, as a proxy or a login form would send.
    Html,
    /// 200 and the page, with another `message` than `success`.
    Message(String),
    /// 200 and the page, with minor `errors` beside `success` (documented).
    Errors(Vec<String>),
    /// 200 and `{"message":"success"}`: a client claims that Braze does this behind the end.
    MissingSegments,
    /// 200 and `{"segments":null,"message":"success"}`.
    NullSegments,
    /// 200 and these bytes as the body; in JSON a text, or a list of numbers.
    Body(#[serde(with = "text")] Vec<u8>),
    /// A redirect with the status 302.
    Redirect(String),
    /// The page, compressed though nobody asked, with `Content-Encoding: gzip`.
    Gzip,
    /// The page, with `Content-Length` and `Transfer-Encoding: chunked` both.
    BothFramings,
    /// The page's declared length, but only this many bytes of it (fewer than all), then the end.
    Cut(usize),
    /// This many bytes of the page, then nothing more, with the connection open.
    Stall(usize),
    /// The page, one byte each so many milliseconds.
    #[serde(rename = "drip_ms")]
    Drip(u64),
    /// The head of the answer, one byte each so many milliseconds.
    #[serde(rename = "drip_head_ms")]
    DripHead(u64),
    /// The page, and blanks behind it for ever.
    Endless,
    /// The end of the connection in place of an answer.
    Close,
    /// This many bytes of the answer, head included, and the connection is reset.
    Reset(usize),
    /// These bytes in place of an HTTP response, then the end; in JSON a text, or a list of numbers.
    Verbatim(#[serde(with = "text")] Vec<u8>),
    /// Page 0, whatever page was asked for.
    IgnorePage,
    /// The page in the default order (oldest first), whatever order was asked for.
    IgnoreSortDirection,
}

impl From<Kind> for Fault {
    /// The rule that answers so to the next request of any kind, once.
    fn from(kind: Kind) -> Self {
        Self { kind, times: once(), ..Self::default() }
    }
}

/// What to answer with. Each is a rule for the next request of any kind, once.
impl Fault {
    /// This status, with `{"message":"<its usual phrase>"}`.
    pub fn status(code: u16) -> Self {
        Kind::Status { code, message: None }.into()
    }

    /// 429, nothing remaining, anew after `reset_in` (in whole seconds, rounded up).
    pub fn rate_limited(reset_in: Duration) -> Self {
        let reset_in = reset_in.as_secs() + u64::from(reset_in.subsec_nanos() > 0);
        Kind::RateLimited { reset_in, retry_after: None, bare: false }.into()
    }

    /// [`Kind::LeakyBucket`], every time.
    pub fn leaky_bucket(per_second: u32, burst: u32, code: u16) -> Self {
        Self::from(Kind::LeakyBucket { per_second, burst, code }).forever()
    }

    /// [`Kind::Html`].
    pub fn html() -> Self {
        Kind::Html.into()
    }

    /// [`Kind::Message`].
    pub fn message(message: impl Into<String>) -> Self {
        Kind::Message(message.into()).into()
    }

    /// [`Kind::Errors`].
    pub fn errors<T: Into<String>>(errors: impl IntoIterator<Item = T>) -> Self {
        Kind::Errors(errors.into_iter().map(Into::into).collect()).into()
    }

    /// [`Kind::MissingSegments`].
    pub fn missing_segments() -> Self {
        Kind::MissingSegments.into()
    }

    /// [`Kind::NullSegments`].
    pub fn null_segments() -> Self {
        Kind::NullSegments.into()
    }

    /// [`Kind::Body`].
    pub fn body(bytes: impl Into<Vec<u8>>) -> Self {
        Kind::Body(bytes.into()).into()
    }

    /// [`Kind::Body`] of no bytes.
    pub fn empty_body() -> Self {
        Self::body([])
    }

    /// [`Kind::Redirect`].
    pub fn redirect(url: impl Into<String>) -> Self {
        Kind::Redirect(url.into()).into()
    }

    /// [`Kind::Gzip`].
    pub fn gzip() -> Self {
        Kind::Gzip.into()
    }

    /// [`Kind::BothFramings`].
    pub fn both_framings() -> Self {
        Kind::BothFramings.into()
    }

    /// [`Kind::Cut`].
    pub fn cut(after: usize) -> Self {
        Kind::Cut(after).into()
    }

    /// [`Kind::Stall`].
    pub fn stall(after: usize) -> Self {
        Kind::Stall(after).into()
    }

    /// [`Kind::Drip`], in whole milliseconds.
    pub fn drip(every: Duration) -> Self {
        Kind::Drip(whole_millis(every)).into()
    }

    /// [`Kind::DripHead`], in whole milliseconds.
    pub fn drip_head(every: Duration) -> Self {
        Kind::DripHead(whole_millis(every)).into()
    }

    /// [`Kind::Endless`].
    pub fn endless() -> Self {
        Kind::Endless.into()
    }

    /// [`Kind::Close`].
    pub fn close() -> Self {
        Kind::Close.into()
    }

    /// [`Kind::Reset`].
    pub fn reset(after: usize) -> Self {
        Kind::Reset(after).into()
    }

    /// [`Kind::Verbatim`].
    pub fn verbatim(bytes: impl Into<Vec<u8>>) -> Self {
        Kind::Verbatim(bytes.into()).into()
    }

    /// [`Kind::IgnorePage`].
    pub fn ignore_page() -> Self {
        Kind::IgnorePage.into()
    }

    /// [`Kind::IgnoreSortDirection`].
    pub fn ignore_sort_direction() -> Self {
        Kind::IgnoreSortDirection.into()
    }

    /// The usual answer after `delay`.
    pub fn delay(delay: Duration) -> Self {
        Self::from(Kind::Ordinary).delayed(delay)
    }
}

/// For whom, and how often.
impl Fault {
    /// Only for this page, counted from 0.
    #[must_use]
    pub fn page(self, page: u32) -> Self {
        Self { page: Some(page), ..self }
    }

    /// Only for this order.
    #[must_use]
    pub fn sort_direction(self, direction: SortDirection) -> Self {
        Self { sort_direction: Some(direction), ..self }
    }

    /// Only after so many of these requests were answered as usual.
    #[must_use]
    pub fn after(self, requests: u32) -> Self {
        Self { after: requests, ..self }
    }

    /// So many times.
    #[must_use]
    pub fn times(self, times: u32) -> Self {
        Self { times: Some(times), ..self }
    }

    /// Every time.
    #[must_use]
    pub fn forever(self) -> Self {
        Self { times: None, ..self }
    }

    /// Held back by `delay`, in whole milliseconds.
    #[must_use]
    pub fn delayed(self, delay: Duration) -> Self {
        Self { delay: Duration::from_millis(whole_millis(delay)), ..self }
    }

    /// With this header; several of one name stay several.
    ///
    /// # Panics
    /// If HTTP has no such name or value.
    #[must_use]
    pub fn header(mut self, name: &str, value: impl AsRef<[u8]>) -> Self {
        let name: HeaderName = name.parse().expect("the name of a header");
        let value = HeaderValue::from_bytes(value.as_ref()).expect("the value of a header");
        self.headers.append(name, value);
        self
    }

    pub(crate) fn is_for(&self, list: ListRequest) -> bool {
        let direction = list.sort_direction.unwrap_or_default();
        self.page.is_none_or(|page| page == list.page)
            && self.sort_direction.is_none_or(|wanted| wanted == direction)
    }
}

const fn overloaded() -> u16 {
    503
}

fn whole_millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_is_for_whom_it_says() {
        let asc = ListRequest::page(3);
        let desc = asc.sort(SortDirection::Desc);
        assert!(Fault::close().is_for(asc) && Fault::close().is_for(desc));
        assert!(Fault::close().page(3).is_for(desc));
        assert!(!Fault::close().page(2).is_for(desc));
        let only = Fault::close().sort_direction(SortDirection::Asc);
        assert!(only.is_for(asc) && !only.is_for(desc));
        assert!(only.is_for(asc.sort(SortDirection::Asc)));
    }

    #[test]
    fn a_part_of_a_second_counts_as_one() {
        let of = |millis| Fault::rate_limited(Duration::from_millis(millis)).kind;
        let kind = |reset_in| Kind::RateLimited { reset_in, retry_after: None, bare: false };
        assert_eq!(of(0), kind(0));
        assert_eq!(of(1), kind(1));
        assert_eq!(of(2000), kind(2));
    }
}
