//! Signs that a response came out of a cache, and is older than its request.
//!
//! Every request says `Cache-Control: no-cache`. A cache that is set up to ignore it shows a list
//! that may be gone, so such a response is no evidence of anything.

use std::fmt;

use http::{HeaderMap, HeaderValue};
use serde::{Deserialize, Serialize};

/// What shows that a response came out of a cache.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum CacheSign {
    /// `Age` is above 0: it was in a cache for this many seconds.
    Age(u64),
    /// A cache says that it had the response: `X-Cache: HIT` and similar.
    Hit,
    /// An earlier response had the same `X-Request-Id`.
    RepeatedRequestId,
}

impl fmt::Display for CacheSign {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Age(1) => f.write_str("it is 1 second old"),
            Self::Age(seconds) => write!(f, "it is {seconds} seconds old"),
            Self::Hit => f.write_str("a header says so"),
            Self::RepeatedRequestId => {
                f.write_str("it repeats the request id of an earlier response")
            }
        }
    }
}

impl CacheSign {
    /// What the headers of one response show.
    pub(crate) fn of(headers: &HeaderMap) -> Option<Self> {
        let (mut age, mut hit) = (0, false);

        // One pass over all headers is less work than a search for each of these.
        for (name, value) in headers {
            match name.as_str() {
                "age" => {
                    let ages = elements(value).filter_map(|age| age.parse::<u64>().ok());
                    age = ages.fold(age, u64::max);
                }
                "x-cache" | "x-cache-status" | "x-proxy-cache" | "cf-cache-status" => {
                    hit |= elements(value).any(is_hit);
                }
                // The one that a standard defines (RFC 9211).
                "cache-status" => {
                    let mut parameters = elements(value).flat_map(|cache| cache.split(';').skip(1));
                    hit |= parameters.any(|parameter| parameter.trim().eq_ignore_ascii_case("hit"));
                }
                _ => {}
            }
        }

        if age > 0 { Some(Self::Age(age)) } else { hit.then_some(Self::Hit) }
    }
}

/// Whether a cache says that it had the response, fresh or not: `HIT`, `HIT from host`.
/// `RefreshHit` asked the server first.
fn is_hit(element: &str) -> bool {
    let word = element.split([' ', ';']).next().unwrap_or_default();
    ["hit", "stale", "updating"].iter().any(|hit| word.eq_ignore_ascii_case(hit))
}

/// The elements of a list.
fn elements(line: &HeaderValue) -> impl Iterator<Item = &str> {
    line.to_str().into_iter().flat_map(|line| line.split(',')).map(str::trim)
}

#[cfg(test)]
mod tests {
    use http::HeaderName;

    use super::*;

    fn sign_of(lines: &[(&'static str, &'static str)]) -> Option<CacheSign> {
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(HeaderName::from_static(name), HeaderValue::from_static(value));
        }
        CacheSign::of(&headers)
    }

    #[test]
    fn an_age_above_nothing_is_a_sign() {
        for (lines, expected) in [
            (&[("age", "1")][..], Some(CacheSign::Age(1))),
            (&[("age", "0"), ("age", "37")], Some(CacheSign::Age(37))),
            (&[("age", "0, 5")], Some(CacheSign::Age(5))),
            (&[("age", "0"), ("age", "0")], None),
            (&[("age", "")], None),
            (&[("age", "-3")], None),
            (&[("age", "soon")], None),
        ] {
            assert_eq!(sign_of(lines), expected, "{lines:?}");
        }
    }

    #[test]
    fn caches_say_it_in_many_ways() {
        for (name, value, hit) in [
            ("x-cache", "HIT", true),
            ("x-cache", "MISS, HIT", true),
            ("x-cache", "Hit from cloudfront", true),
            ("x-cache", "RefreshHit from cloudfront", false),
            ("x-cache", "MISS", false),
            ("x-cache-status", "STALE", true),
            ("x-cache-status", "BYPASS", false),
            ("cf-cache-status", "DYNAMIC", false),
            ("cf-cache-status", "HIT", true),
            ("cf-cache-status", "UPDATING", true),
            ("cache-status", "edge; hit; ttl=30", true),
            ("cache-status", "edge; fwd=miss", false),
            ("cache-status", "hit; fwd=miss", false),
            ("via", "1.1 varnish", false),
            ("x-served-by", "cache-hhn4081-HHN", false),
        ] {
            assert_eq!(sign_of(&[(name, value)]).is_some(), hit, "{name}: {value}");
        }
    }
}
