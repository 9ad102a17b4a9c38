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
