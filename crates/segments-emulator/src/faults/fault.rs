use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue};
use segments_core::{ListRequest, SortDirection};
use serde::{Deserialize, Serialize};

use crate::faults::json_format::{headers, millis};
use crate::faults::kind::FaultKind;

/// One fault of a [`Script`](crate::Script): which requests it answers, how often, and with what.
///
/// A constructor names the response; the other methods then narrow down the requests:
/// [`Fault::page`], [`Fault::sort_direction`], [`Fault::after`], [`Fault::times`]. Without them a
/// fault answers the next request for any page, once.
///
/// ```
/// use std::time::Duration;
/// use segments_core::SortDirection;
/// use segments_emulator::Fault;
///
/// // The third and fourth request for page 7, newest first, get a 502 after 100 ms.
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
    /// Only requests for this page, counted from 0; any page if `None`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub page: Option<u32>,
    /// Only requests for this order; any order if `None`. A request without `sort_direction` asks
    /// for `asc`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sort_direction: Option<SortDirection>,
    /// How many matching requests get the usual response first.
    #[serde(default)]
    pub after: u32,
    /// How many requests the fault answers; without limit if `None`. The default in JSON is 1.
    #[serde(default = "default_times")]
    pub times: Option<u32>,
    /// How long the response is delayed, in whole milliseconds.
    #[serde(default, rename = "delay_ms", with = "millis")]
    pub delay: Duration,
    /// Headers that replace those of the same name in the response, or are added to it.
    ///
    /// If `content-length` or `transfer-encoding` is among them, the server writes the response
    /// exactly so and closes the connection. Any wrong framing can be made this way.
    #[serde(default, with = "headers", skip_serializing_if = "HeaderMap::is_empty")]
    pub headers: HeaderMap,
    /// The response.
    #[serde(default)]
    pub kind: FaultKind,
}

impl From<FaultKind> for Fault {
    /// A fault that gives this response to the next request for any page, once.
    fn from(kind: FaultKind) -> Self {
        Self { kind, times: default_times(), ..Self::default() }
    }
}

/// Constructors by response. Each fault answers the next request for any page, once, unless it says
/// otherwise.
impl Fault {
    /// [`FaultKind::Status`] with the standard reason phrase as its message.
    pub fn status(code: u16) -> Self {
        FaultKind::Status { code, message: None }.into()
    }

    /// [`FaultKind::RateLimited`] with a reset after `reset_in`, in whole seconds, rounded up.
    pub fn rate_limited(reset_in: Duration) -> Self {
        let rounded_up = reset_in.as_secs() + u64::from(reset_in.subsec_nanos() > 0);
        FaultKind::RateLimited { reset_in: rounded_up, retry_after: None, bare: false }.into()
    }

    /// [`FaultKind::LeakyBucket`], without an end.
    pub fn leaky_bucket(per_second: u32, burst: u32, code: u16) -> Self {
        Self::from(FaultKind::LeakyBucket { per_second, burst, code }).forever()
    }

    /// [`FaultKind::Html`].
    pub fn html() -> Self {
        FaultKind::Html.into()
    }

    /// [`FaultKind::Message`].
    pub fn message(message: impl Into<String>) -> Self {
        FaultKind::Message(message.into()).into()
    }

    /// [`FaultKind::Errors`].
    pub fn errors<T: Into<String>>(errors: impl IntoIterator<Item = T>) -> Self {
        FaultKind::Errors(errors.into_iter().map(Into::into).collect()).into()
    }

    /// [`FaultKind::MissingSegments`].
    pub fn missing_segments() -> Self {
        FaultKind::MissingSegments.into()
    }

    /// [`FaultKind::NullSegments`].
    pub fn null_segments() -> Self {
        FaultKind::NullSegments.into()
    }

    /// [`FaultKind::Body`].
    pub fn body(bytes: impl Into<Vec<u8>>) -> Self {
        FaultKind::Body(bytes.into()).into()
    }

    /// [`FaultKind::Body`] with no bytes.
    pub fn empty_body() -> Self {
        Self::body([])
    }

    /// [`FaultKind::Redirect`].
    pub fn redirect(url: impl Into<String>) -> Self {
        FaultKind::Redirect(url.into()).into()
    }

    /// [`FaultKind::Gzip`].
    pub fn gzip() -> Self {
        FaultKind::Gzip.into()
    }

    /// [`FaultKind::BothFramings`].
    pub fn both_framings() -> Self {
        FaultKind::BothFramings.into()
    }

    /// [`FaultKind::Cut`].
    pub fn cut(after: usize) -> Self {
        FaultKind::Cut(after).into()
    }

    /// [`FaultKind::Stall`].
    pub fn stall(after: usize) -> Self {
        FaultKind::Stall(after).into()
    }

    /// [`FaultKind::Drip`], with the interval in whole milliseconds, rounded down.
    pub fn drip(every: Duration) -> Self {
        FaultKind::Drip(whole_millis(every)).into()
    }

    /// [`FaultKind::DripHead`], with the interval in whole milliseconds, rounded down.
    pub fn drip_head(every: Duration) -> Self {
        FaultKind::DripHead(whole_millis(every)).into()
    }

    /// [`FaultKind::Endless`].
    pub fn endless() -> Self {
        FaultKind::Endless.into()
    }

    /// [`FaultKind::Close`].
    pub fn close() -> Self {
        FaultKind::Close.into()
    }

    /// [`FaultKind::Reset`].
    pub fn reset(after: usize) -> Self {
        FaultKind::Reset(after).into()
    }

    /// [`FaultKind::Verbatim`].
    pub fn verbatim(bytes: impl Into<Vec<u8>>) -> Self {
        FaultKind::Verbatim(bytes.into()).into()
    }

    /// [`FaultKind::IgnorePage`].
    pub fn ignore_page() -> Self {
        FaultKind::IgnorePage.into()
    }

    /// [`FaultKind::IgnoreSortDirection`].
    pub fn ignore_sort_direction() -> Self {
        FaultKind::IgnoreSortDirection.into()
    }

    /// [`FaultKind::Ordinary`] after `delay`, in whole milliseconds, rounded down.
    pub fn delay(delay: Duration) -> Self {
        Self::from(FaultKind::Ordinary).delayed(delay)
    }
}

/// Which requests, how often, how late and with which headers.
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

    /// Only after this many matching requests got the usual response.
    #[must_use]
    pub fn after(self, requests: u32) -> Self {
        Self { after: requests, ..self }
    }

    /// For this many requests.
    #[must_use]
    pub fn times(self, times: u32) -> Self {
        Self { times: Some(times), ..self }
    }

    /// For every request, without an end.
    #[must_use]
    pub fn forever(self) -> Self {
        Self { times: None, ..self }
    }

    /// With the response delayed, in whole milliseconds, rounded down.
    #[must_use]
    pub fn delayed(self, delay: Duration) -> Self {
        Self { delay: Duration::from_millis(whole_millis(delay)), ..self }
    }

    /// With this header beside those that the fault already has, also of the same name.
    ///
    /// # Panics
    /// If HTTP does not allow the name or the value.
    #[must_use]
    pub fn header(mut self, name: &str, value: impl AsRef<[u8]>) -> Self {
        let name: HeaderName = name.parse().expect("a valid header name");
        let value = HeaderValue::from_bytes(value.as_ref()).expect("a valid header value");

        self.headers.append(name, value);
        self
    }

    /// Whether the fault is meant for this request. How often it has fired is not considered.
    pub(crate) fn matches(&self, request: ListRequest) -> bool {
        let direction = request.sort_direction.unwrap_or_default();
        let page_matches = self.page.is_none_or(|page| page == request.page);
        let order_matches = self.sort_direction.is_none_or(|wanted| wanted == direction);

        page_matches && order_matches
    }
}

// serde asks for a function that returns the type of the field.
#[expect(clippy::unnecessary_wraps)]
fn default_times() -> Option<u32> {
    Some(1)
}

fn whole_millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_matches_by_page_and_order() {
        let asc = ListRequest::page(3);
        let desc = asc.sort(SortDirection::Desc);
        assert!(Fault::close().matches(asc) && Fault::close().matches(desc));
        assert!(Fault::close().page(3).matches(desc));
        assert!(!Fault::close().page(2).matches(desc));

        let only_asc = Fault::close().sort_direction(SortDirection::Asc);
        assert!(only_asc.matches(asc) && !only_asc.matches(desc));
        assert!(only_asc.matches(asc.sort(SortDirection::Asc)));
    }

    #[test]
    fn a_reset_is_rounded_up_to_whole_seconds() {
        let of = |millis| Fault::rate_limited(Duration::from_millis(millis)).kind;
        let kind = |reset_in| FaultKind::RateLimited { reset_in, retry_after: None, bare: false };
        assert_eq!(of(0), kind(0));
        assert_eq!(of(1), kind(1));
        assert_eq!(of(2000), kind(2));
    }
}
