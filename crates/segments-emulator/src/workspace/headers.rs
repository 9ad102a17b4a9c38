//! The headers that all responses have, as recorded in 2024, when Braze was behind Cloudflare.
//!
//! Left out are `Transfer-Encoding`, which the server decides here, and `X-Cache` and similar
//! headers, which the CDN of 2020 sent.

use std::fmt::Write;
use std::time::Duration;

use http::header::{
    CACHE_CONTROL, CONTENT_TYPE, DATE, HeaderMap, HeaderName, HeaderValue, SERVER,
    STRICT_TRANSPORT_SECURITY, VARY,
};
use segments_core::response::{RateLimit, Timestamp};
use sha2::{Digest, Sha256};

use crate::random::{split_mix64, uuid};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const RUNTIME: HeaderName = HeaderName::from_static("x-runtime");
const CF_RAY: HeaderName = HeaderName::from_static("cf-ray");
const CF_CACHE_STATUS: HeaderName = HeaderName::from_static("cf-cache-status");

/// The headers of Braze. Request id, runtime and `CF-Ray` are functions of `number`, which counts
/// the responses. Without a rate limit its three headers are left out.
pub(crate) fn braze(
    is_success: bool,
    number: u64,
    now: Duration,
    rate_limit: Option<RateLimit>,
) -> HeaderMap {
    let mut headers = HeaderMap::with_capacity(16);

    let cache_control = if is_success { "max-age=0, private, must-revalidate" } else { "no-cache" };
    let mut set = |name, value| headers.insert(name, HeaderValue::from_static(value));
    set(CONTENT_TYPE, "application/json");
    set(CACHE_CONTROL, cache_control);
    set(SERVER, "cloudflare");
    set(CF_CACHE_STATUS, "DYNAMIC");
    set(VARY, "Origin,Accept-Encoding");
    set(STRICT_TRANSPORT_SECURITY, "max-age=0; includeSubDomains");
    if is_success {
        // Observed: successful responses have this header twice, others once.
        let second = HeaderValue::from_static("max-age=31536000; includeSubDomains");
        headers.append(STRICT_TRANSPORT_SECURITY, second);
    }

    let random = split_mix64(number);
    let mut set = |name, text: String| {
        headers.insert(name, HeaderValue::try_from(text).expect("printable ASCII"));
    };
    set(DATE, Timestamp::from_unix(now.as_secs()).to_http_date());
    set(REQUEST_ID, uuid(random, number));
    set(RUNTIME, format!("0.{:06}", 4_000 + random % 60_000));
    set(CF_RAY, format!("{random:016x}-FRA"));

    if let Some(rate_limit) = rate_limit {
        rate_limit.write_to(&mut headers);
    }
    headers
}

/// The headers of nginx's own pages: no request id and no rate limit.
pub(crate) fn nginx(now: Duration) -> HeaderMap {
    let date = Timestamp::from_unix(now.as_secs()).to_http_date();

    let mut headers = HeaderMap::with_capacity(4);
    headers.insert(SERVER, HeaderValue::from_static("nginx"));
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html"));
    headers.insert(DATE, HeaderValue::try_from(date).expect("printable ASCII"));
    headers
}

/// A weak entity tag: the first 32 hexadecimal digits of the body's SHA-256. All recorded bodies
/// from 2018 to 2024 have it.
pub(crate) fn etag(body: &[u8]) -> HeaderValue {
    let mut tag = String::with_capacity(36);

    tag.push_str("W/\"");
    for byte in Sha256::digest(body).iter().take(16) {
        write!(tag, "{byte:02x}").expect("writing to a string cannot fail");
    }
    tag.push('"');

    HeaderValue::try_from(tag).expect("printable ASCII")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A body of 2020 and the tag that was recorded with it.
    const BODY: &str = concat!(
        r#"{"segments":[{"id":"6d68ea15-26c4-4109-835a-65b81773a5e2","name":"Lapsed Users - 7 days","#,
        r#""analytics_tracking_enabled":true,"tags":[]},"#,
        r#"{"id":"0eaf8f6a-230f-48f2-9c01-45302b642a35","name":"Lapsed Users - 30 days","#,
        r#""analytics_tracking_enabled":true,"tags":[]},"#,
        r#"{"id":"b644b893-276d-4817-b5cd-5f65906f072b","name":"User Onboarding - First Week","#,
        r#""analytics_tracking_enabled":true,"tags":[]},"#,
        r#"{"id":"2f59d81c-82b3-40e5-9050-b6400a1fc9c8","name":"User Onboarding - Second Week","#,
        r#""analytics_tracking_enabled":true,"tags":[]},"#,
        r#"{"id":"de83cb66-cc1f-457d-8905-45446b6e841b","name":"Engaged Recent Users","#,
        r#""analytics_tracking_enabled":true,"tags":[]},"#,
        r#"{"id":"3aca937b-9bbc-4e42-9370-05e411967b2b","name":"All Users (Freeletics Development - iOS)","#,
        r#""analytics_tracking_enabled":true,"tags":[]}],"message":"success"}"#
    );

    #[test]
    fn the_tag_is_the_recorded_one() {
        assert_eq!(BODY.len(), 794);
        assert_eq!(etag(BODY.as_bytes()), "W/\"de13291b9300bcefd33634ff4545a157\"");
    }

    #[test]
    fn the_recorded_names_are_there() {
        let now = Duration::from_secs(1_592_427_423);
        let headers = braze(true, 1, now, Some(RateLimit::default()));

        for name in [
            "content-type",
            "cache-control",
            "server",
            "cf-ray",
            "cf-cache-status",
            "vary",
            "strict-transport-security",
            "date",
            "x-request-id",
            "x-runtime",
            "x-ratelimit-limit",
            "x-ratelimit-remaining",
            "x-ratelimit-reset",
        ] {
            assert!(headers.contains_key(name), "{name}");
        }

        assert_eq!(headers.keys_len(), 13);
        assert_eq!(headers[DATE], "Wed, 17 Jun 2020 20:57:03 GMT");
        assert_eq!(headers[CONTENT_TYPE], "application/json");
        assert_eq!(headers.get_all(STRICT_TRANSPORT_SECURITY).iter().count(), 2);
    }

    #[test]
    fn request_ids_are_uuids_and_differ() {
        let id = |number| {
            let headers = braze(true, number, Duration::ZERO, Some(RateLimit::default()));
            headers[REQUEST_ID].to_str().unwrap().to_owned()
        };
        let lengths: Vec<_> = id(7).split('-').map(str::len).collect();
        assert_eq!(lengths, [8, 4, 4, 4, 12]);
        let ids: std::collections::HashSet<_> = (0..1000).map(id).collect();
        assert_eq!(ids.len(), 1000);
        assert_eq!(id(7), id(7));
    }

    #[test]
    fn no_clock_is_too_late() {
        let headers = braze(false, u64::MAX, Duration::MAX, Some(RateLimit::default()));
        assert_eq!(headers[DATE], "Fri, 31 Dec 9999 23:59:59 GMT");
    }
}
