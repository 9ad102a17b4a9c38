//! What the headers of a response say.

mod cache_sign;
pub(crate) mod rate_limit;
mod timestamp;

pub use cache_sign::CacheSign;
pub(crate) use cache_sign::{RequestIds, sign};
pub use rate_limit::RateLimit;
pub(crate) use rate_limit::WaitHint;
pub use timestamp::Timestamp;
