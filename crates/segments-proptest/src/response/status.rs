//! Statuses that are no page.

use proptest::prelude::*;
use proptest::sample::select;

use super::case::{Case, Expected};
use super::limits::limits;
use super::segments;
use super::style::{Style, write};

/// A status that is no page: refusals, redirects, errors of the server, with a JSON error, HTML,
/// nothing, or a whole page as the body, and any headers about the rate limit.
///
/// Shrinks to 401 with `{"message":"error"}`, or to the first status of the same kind.
///
/// ```
/// use proptest::prelude::*;
/// use segments_proptest::response::{self, Expected};
///
/// proptest!(|(case in response::status())| {
///     prop_assert!(case.expected.segments().is_none());
///     let refused = case.expected == Expected::Refused;
///     prop_assert!(!refused || matches!(case.response.status().as_u16(), 401 | 403));
/// });
/// ```
pub fn status() -> impl Strategy<Value = Case> + Clone {
    let body = prop_oneof![
        4 => Just(Body::Json(r#"{"message":"error"}"#)),
        1 => Just(Body::Json(r#"{"error":"error"}"#)),
        1 => Just(Body::Json("")),
        1 => Just(Body::Json("{")),
        1 => Just(Body::Html),
        1 => segments().prop_map(|segments| Body::Page(write(&segments, Style::default()))),
    ];
    let status = prop_oneof![
        2 => select(REFUSED),
        3 => Just(429),
        3 => select(PASSING),
        2 => select(FINAL),
        1 => select(REDIRECTS),
    ];
    (status, body, limits())
        .prop_map(|(status, body, limits)| {
            let html = body == Body::Html;
            let expected = match status {
                // A firewall's page: the key never came to Braze.
                401 | 403 if html => Expected::Error,
                401 | 403 => Expected::Refused,
                429 => Expected::Retry { after: limits.wait },
                // The other headers stand on every answer, and say nothing about this one.
                503 => Expected::Retry { after: limits.wait.filter(|_| limits.has("retry-after")) },
                408 | 425 | 500 | 502 | 504 | 506..=599 => Expected::Retry { after: None },
                _ => Expected::Error,
            };
            let case = match body {
                Body::Json(text) => Case::new(text, "another status", expected),
                Body::Page(bytes) => Case::new(bytes, "another status, with a page", expected),
                Body::Html => Case::new("<html></html>", "another status, with HTML", expected)
                    .header("content-type", "text/html"),
            };
            let redirect = REDIRECTS.contains(&status);
            let case =
                if redirect { case.header("location", "https://example.com/") } else { case };
            limits.add_to(case.status(status))
        })
        .boxed()
}

const REFUSED: &[u16] = &[401, 403];
const PASSING: &[u16] = &[503, 500, 502, 504, 408, 425, 507, 520, 522, 524, 529, 599];
const FINAL: &[u16] = &[400, 404, 405, 410, 418, 422, 431, 451, 499, 501, 505, 204, 304, 999];
const REDIRECTS: &[u16] = &[302, 301, 303, 307, 308];

#[derive(Debug, Clone, PartialEq, Eq)]
enum Body {
    Json(&'static str),
    Page(Vec<u8>),
    Html,
}
