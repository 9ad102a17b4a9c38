//! What the headers of a response say.

mod cache_sign;
mod rate_limit;
mod reset;
mod timestamp;
mod value;
mod wait_hint;

pub use cache_sign::CacheSign;
pub use rate_limit::RateLimit;
pub use timestamp::Timestamp;
pub(crate) use value::date;
pub(crate) use wait_hint::WaitHint;

/// A map of these lines, of which a name can be there twice.
#[cfg(test)]
fn header_map(lines: &[(&'static str, &str)]) -> http::HeaderMap {
    let line = |(name, value): &(&'static str, &str)| {
        (http::HeaderName::from_static(name), http::HeaderValue::from_str(value).unwrap())
    };
    let mut map = http::HeaderMap::new();
    for (name, value) in lines.iter().map(line) {
        map.append(name, value);
    }
    map
}
