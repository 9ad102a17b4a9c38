//! Reads the list of segments out of Braze (`GET /segments/list`) without doing any I/O.
//!
//! This crate builds [`http::Request`]s, reads [`http::Response`]s, and holds everything in
//! between that is hard about a list read by page number: paging, windows, retries, rate limits,
//! duplicates, and the proof that nothing is missing. It opens no socket, reads no clock, draws no
//! random number, starts no thread and knows no HTTP client; times and seeds come in as values.
//!
//! Two layers, each usable alone:
//!
//! - **Messages.** [`Api`] turns a [`ListRequest`] into a request and a response into a [`Page`] of
//!   [`Segment`]s. [`ListRequest::from_http`] and [`Page::to_http`] are the server's half of the
//!   same facts.
//! - **The machine.** [`Export`] says what to send next, takes what comes back, and ends with a
//!   [`Report`] or an [`Error`]. Its [`Plan`] names a [`Goal`]: [`Goal::Complete`] proves that no
//!   segment is missing, [`Goal::Snapshot`] gives the list as of one moment, [`Goal::Walk`] reads
//!   every page once, and promises no more than that.
//!
//! ```
//! use segments_core::{Api, ApiKey, Endpoint, Instance, ListRequest};
//!
//! let endpoint: Endpoint = Instance::Eu01.into();
//! let api = Api::new(endpoint, ApiKey::new("a-rest-api-key")?);
//! let request = api.request(ListRequest::page(2));
//! assert_eq!(request.uri(), "https://rest.fra-01.braze.eu/segments/list?page=2");
//!
//! let body = r#"{"segments":[{"id":"a","name":"VIP","analytics_tracking_enabled":true,"tags":[]}],
//!     "message":"success"}"#;
//! let page = api.read(&http::Response::new(body))?;
//! assert_eq!(page.segments().next().unwrap().name(), "VIP");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Never silently wrong: what is not a whole, successful page is an [`Error`] that names the page
//! and says what to do; a list that could not be proven is one too. No error, report or checkpoint
//! ever holds the key.

#![forbid(unsafe_code)]

mod export;
mod message;
#[cfg(test)]
mod messages;

pub use export::attempts::retry::RetryPolicy;
pub use export::checkpoint::{Checkpoint, ResumeError};
pub use export::fetch::{Exchange, Fetch, FetchId, Outcome};
pub use export::list::List;
pub use export::plan::{Goal, Plan, UnknownGoal};
pub use export::proof::claims::{
    Assumption, Completeness, OrderBasis, SnapshotClaim, Strength, UnprovenGap,
};
pub use export::report::Report;
pub use export::seen::anomaly::Anomaly;
pub use export::seen::batch::{Batch, Update};
pub use export::seen::interval::Interval;
pub use export::{Export, Step};
pub use message::api::{Api, InvalidUserAgent};
pub use message::api_key::{ApiKey, InvalidApiKey};
pub use message::cache::CacheSign;
pub use message::endpoint::{Endpoint, InvalidEndpoint};
pub use message::error::{Error, ErrorKind, GaveUp};
pub use message::fault::{NotProven, PagingError, ResponseError};
pub use message::instance::{Instance, UnknownInstance};
pub use message::json_error::{Field, JsonError, JsonErrorKind, JsonPath};
pub use message::page::Page;
pub use message::pasted::Pasted;
pub use message::rate_limit::RateLimit;
pub use message::request::{InvalidListRequest, ListRequest, SortDirection, UnknownSortDirection};
pub use message::segment::{InvalidSegment, Segment, Tags};
pub use message::timestamp::Timestamp;
pub use message::transport_error::{TransportError, TransportErrorKind};
