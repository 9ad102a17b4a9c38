//! Responses as bytes, each beside what a right client makes of it.

mod body;
mod case;
mod lenient;
mod limits;
mod status;
mod style;

use proptest::prelude::*;
use segments_core::Segment;

pub use body::{malformed, not_a_page, truncated};
pub use case::{Case, Expected, Mismatch};
pub use lenient::lenient;
pub use limits::{Limits, limits};
pub use status::status;
pub use style::{Escapes, Style, TagStyle, style, write};

/// A page in any form that a real response has: every order of keys, unknown keys, white space,
/// escapes, `tags` missing, `null` or with `null` in it, and any headers about the rate limit.
///
/// Shrinks to `{"segments":[],"message":"success"}`.
///
/// ```
/// use proptest::prelude::*;
/// use segments_proptest::response::{self, Expected};
///
/// proptest!(|(case in response::good())| {
///     prop_assert_eq!(case.response.status(), 200);
///     prop_assert!(matches!(case.expected, Expected::Page(_)));
///     serde_json::from_slice::<serde_json::Value>(case.response.body())?;
/// });
/// ```
pub fn good() -> impl Strategy<Value = Case> + Clone {
    let content_type = prop_oneof![
        Just("application/json"),
        Just("application/json; charset=utf-8"),
        Just("application/json;charset=UTF-8"),
    ];
    (segments(), style(), content_type, limits())
        .prop_map(|(segments, style, content_type, limits)| {
            let body = write(&segments, style);
            let case = Case::new(body, "a page", Expected::Page(segments));
            limits.add_to(case.header("content-type", content_type))
        })
        .boxed()
}

/// Any response: [`good`], [`truncated`], [`malformed`], [`not_a_page`], [`status`] or [`lenient`].
///
/// Shrinks to the documented form with one thing wrong.
///
/// ```
/// use proptest::prelude::*;
/// use segments_proptest::response::{self, Expected};
///
/// proptest!(|(case in response::any())| {
///     if case.response.status().is_server_error() {
///         prop_assert!(case.expected.segments().is_none());
///     }
/// });
/// ```
pub fn any() -> impl Strategy<Value = Case> + Clone {
    prop_oneof![
        4 => good(),
        2 => truncated(),
        3 => malformed(),
        1 => not_a_page(),
        2 => status(),
        2 => lenient(),
    ]
    .boxed()
}

/// What is on a page.
fn segments() -> impl Strategy<Value = Vec<Segment>> + Clone {
    crate::segment::page().prop_map(|page| page.segments().collect()).boxed()
}
