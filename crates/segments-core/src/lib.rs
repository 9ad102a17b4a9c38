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

pub mod export;
mod message;
#[cfg(test)]
mod messages;

pub use export::Export;
pub use export::checkpoint::Checkpoint;
pub use export::fetch::Fetch;
pub use export::list::List;
pub use export::plan::Plan;
pub use export::report::Report;
pub use export::seen::batch::Batch;
pub use export::step::Step;
pub use export::strategy::goal::Goal;
pub use message::api::Api;
pub use message::error::{Error, ErrorKind, TransportError, TransportErrorKind};
pub use message::request::{ApiKey, Endpoint, Instance, ListRequest, SortDirection};
pub use message::response::{Page, Segment};

#[doc = include_str!("../docs/guarantees.md")]
pub mod guarantees {}

/// What an [`ErrorKind`] holds: the particulars of responses, of paging and of proofs.
pub mod error {
    pub use crate::message::error::{GaveUp, NotProven, PagingError, ResponseError};
    pub use crate::message::json::{Field, JsonError, JsonErrorKind, JsonPath};
}

/// Why a key, a base URL, an instance or a page number is not usable.
pub mod request {
    pub use crate::message::api::InvalidUserAgent;
    pub use crate::message::request::{
        InvalidApiKey, InvalidEndpoint, InvalidListRequest, Pasted, UnknownInstance,
        UnknownSortDirection,
    };
}

/// What a response says beside its segments.
pub mod response {
    pub use crate::message::headers::{CacheSign, RateLimit, Timestamp};
    pub use crate::message::response::{InvalidSegment, Tags};
}

/// What a [`Report`] claims, and what it rests on.
pub mod report {
    pub use crate::export::proof::terms::{
        Assumption, Completeness, OrderBasis, SnapshotClaim, Strength, UnprovenGap,
    };
    pub use crate::export::seen::anomaly::Anomaly;
    pub use crate::export::seen::interval::Interval;
}
