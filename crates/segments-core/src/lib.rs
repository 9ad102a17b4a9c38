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

mod api;
mod api_key;
mod attempts;
mod cache;
mod checkpoint;
mod complete;
mod counted;
mod course;
mod decode;
mod digest;
mod endpoint;
mod error;
mod evidence;
mod export;
mod failure;
mod fault;
mod fetch;
mod ids;
mod instance;
mod ledger;
mod lengths;
mod links;
mod list;
mod lookahead;
mod malformed;
#[cfg(test)]
mod messages;
mod page;
mod pass;
mod pasted;
mod plan;
mod positions;
mod progress;
mod rate_limit;
mod report;
mod request;
mod response;
mod retry;
mod scan;
mod segment;
mod sightings;
mod single;
mod slot;
mod snapshot;
mod survey;
mod table;
mod text;
mod throttle;
mod times;
mod timestamp;
mod uuid;
mod walk;

pub use api::{Api, InvalidUserAgent};
pub use api_key::{ApiKey, InvalidApiKey};
pub use cache::CacheSign;
pub use checkpoint::{Checkpoint, ResumeError};
pub use endpoint::{Endpoint, InvalidEndpoint};
pub use error::{Error, GaveUp, Reason};
pub use evidence::Evidence;
pub use export::{Export, Step};
pub use failure::{Failure, FailureKind};
pub use fault::{NotProven, PagingFault, ProtocolFault};
pub use fetch::{Exchange, Fetch, FetchId, Outcome};
pub use instance::{Instance, UnknownInstance};
pub use list::{List, News, Update};
pub use malformed::{Field, Malformed, Place, Problem};
pub use page::Page;
pub use pasted::Pasted;
pub use plan::{Goal, Plan, UnknownGoal};
pub use rate_limit::RateLimit;
pub use report::{
    Assumption, Completeness, Interval, OrderBasis, Report, ReportedGap, SnapshotClaim,
};
pub use request::{InvalidListRequest, ListRequest, SortDirection, UnknownSortDirection};
pub use retry::RetryPolicy;
pub use segment::{InvalidSegment, Segment, Tags};
pub use snapshot::Strength;
pub use timestamp::Timestamp;
