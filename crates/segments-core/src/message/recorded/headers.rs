//! The headers that are recorded. Others may hold secrets, such as the cookies of a gateway.

use http::header::LOCATION;
use http::{HeaderMap, HeaderName, HeaderValue, Uri};
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::bytes::Bytes;
use super::redaction::redacted;
use crate::message::request::ApiKey;

/// What this crate reads, and behind the empty line what tells people who sent the response.
const KEPT: [&str; 20] = [
    "age",
    "cache-status",
    "cf-cache-status",
    "content-encoding",
    "content-length",
    "date",
    "location",
    "retry-after",
    "transfer-encoding",
    "x-cache",
    "x-cache-status",
    "x-proxy-cache",
    "x-ratelimit-limit",
    "x-ratelimit-remaining",
    "x-ratelimit-reset",
    "x-ratelimit-retry-after",
    "x-request-id",
    //
    "content-type",
    "server",
    "via",
];

/// The headers to record, and whether the key was redacted in them.
pub(super) fn kept(headers: &HeaderMap, key: &ApiKey) -> (HeaderMap, bool) {
    let mut is_redacted = false;
    let mut kept = HeaderMap::new();

    for (name, value) in headers {
        if !KEPT.contains(&name.as_str()) {
            continue;
        }
        let value = if name == LOCATION { without_path(value) } else { value.clone() };
        let value = match redacted(value.as_bytes(), key) {
            Some(redacted) => {
                is_redacted = true;
                HeaderValue::from_bytes(&redacted).ok()
            }
            None => Some(value),
        };
        if let Some(value) = value {
            kept.append(name, value);
        }
    }
    (kept, is_redacted)
}

/// The host of a redirect's target, which is all that counts: the rest may hold a token.
fn without_path(location: &HeaderValue) -> HeaderValue {
    let target: Option<Uri> = location.to_str().ok().and_then(|target| target.parse().ok());
    let host = target.as_ref().and_then(Uri::host).map(|host| format!("https://{host}/"));
    let host = host.and_then(|host| HeaderValue::try_from(host).ok());
    host.unwrap_or(HeaderValue::from_static("/"))
}

/// A list of names and values, because a name can come twice.
pub(super) fn serialize<S: Serializer>(
    headers: &HeaderMap,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let lines = headers.iter().map(|(name, value)| (name.as_str(), Line(value.as_bytes())));
    serializer.collect_seq(lines)
}

/// A value, without a copy of it.
struct Line<'a>(&'a [u8]);

impl Serialize for Line<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        super::bytes::serialize(self.0, serializer)
    }
}

pub(super) fn deserialize<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<HeaderMap, D::Error> {
    let lines = Vec::<(String, Bytes)>::deserialize(deserializer)?;

    let mut headers = HeaderMap::new();
    for (name, Bytes(value)) in lines {
        let name = HeaderName::try_from(name).map_err(D::Error::custom)?;
        let value = HeaderValue::try_from(value).map_err(D::Error::custom)?;
        headers.try_append(name, value).map_err(D::Error::custom)?;
    }
    Ok(headers)
}
