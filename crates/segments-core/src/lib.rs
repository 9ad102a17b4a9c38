//! A sans-IO client of Braze's `GET /segments/list`: it reads every segment of a workspace and
//! proves that none is missing, for services that bring their own HTTP client.
//!
//! The crate opens no socket, reads no clock, draws no random number and starts no thread. It says
//! which request comes next, and takes responses, times and seeds as values. With an HTTP client of
//! your own this is a whole program:
//!
//! ```
//! use std::{io, thread::sleep, time::Instant};
//! use segments_core::{Api, ApiKey, Export, Fetch, Instance, Plan, http};
//! # use segments_core::{Page, Segment};
//!
//! /// Sends `fetch.request()` within `fetch.timeout()`, and reads at most `fetch.max_body()` bytes.
//! fn send(fetch: &Fetch) -> io::Result<http::Response<Vec<u8>>> {
//!     // … the HTTP client of your choice
//! #   let row = Segment::new("a", "All Users", true, [""; 0]).unwrap();
//! #   Ok((fetch.list().page == 0).then_some(row).into_iter().collect::<Page>().to_http())
//! }
//!
//! let api = Api::new(Instance::Us01.into(), ApiKey::new("a-rest-api-key")?);
//! let start = Instant::now();
//!
//! let mut export = Export::new(api, Plan::default());
//! let (segments, report) = export.drive(send, || start.elapsed(), sleep)?;
//! println!("{report}");
//! # assert_eq!(segments.len(), 1);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! ```toml
//! [dependencies]
//! segments-core = "0.1"
//! ```
//!
//! [`Export::drive_async`] does the same for futures. The types of requests and responses are those
//! of [`http`] 1, which this crate re-exports.
//!
//! Under [`Export::drive`] is a loop over [`Export::poll`], a [`Step`] at a time. Write it yourself
//! to stream segments, to log, or to keep several requests in flight:
//!
//! ```
//! # use segments_core::{Error, Export, Fetch, List, Report, Segment, Step, TransportError};
//! # use std::{thread::sleep, time::Instant};
//! # fn read(
//! #     mut export: Export,
//! #     send: impl Fn(&Fetch) -> Result<http::Response<Vec<u8>>, TransportError>,
//! # ) -> Result<(Vec<Segment>, Report), Error> {
//! let (mut list, start) = (List::default(), Instant::now());
//!
//! let report = loop {
//!     match export.poll(start.elapsed())? {
//!         Step::Send(fetch) => {
//!             let result = send(&fetch);
//!             println!("{}", export.handle_result(&fetch, start.elapsed(), result));
//!         }
//!         Step::Wait { until } => sleep(until.saturating_sub(start.elapsed())),
//!         Step::Batch(batch) => list.apply(batch),
//!         Step::Done(report) => break report,
//!     }
//! };
//! let segments = list.finish(&report);
//! # Ok((segments, report))
//! # }
//! # use segments_core::{Api, ApiKey, Instance, Page, Plan};
//! # let api = Api::new(Instance::Us01.into(), ApiKey::new("a-rest-api-key")?);
//! # let row = Segment::new("a", "All Users", true, [""; 0])?;
//! # let send = |fetch: &Fetch| {
//! #     let rows = if fetch.list().page == 0 { vec![row.clone()] } else { vec![] };
//! #     Ok(rows.into_iter().collect::<Page>().to_http())
//! # };
//! # assert_eq!(read(Export::new(api, Plan::default()), send)?.0, [row]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! The crates `segments-hyper` and `segments-blocking` have drivers ready. The [`guide`] is for
//! other HTTP stacks, and the [`guarantees`] are what a [`Report`] claims, with the reasons.
//!
//! | layer | types |
//! |---|---|
//! | messages | [`Api`] makes an [`http::Request`] of a [`ListRequest`], and a [`Page`] of [`Segment`]s of an [`http::Response`]. [`Endpoint`], [`Instance`] and [`ApiKey`] are checked when they are made. Useful alone, and for servers: [`ListRequest::from_http`], [`Page::to_http`]. |
//! | machine | [`Export`] reads a whole list by a [`Plan`] with a [`Goal`]. It gives a [`Step`] at a time: a [`Fetch`] to send, a [`Batch`] for a [`List`], or the [`Report`]. A [`Checkpoint`] is its state. |
//! | errors | [`Error`] says what happened on which page, and what to do; [`ErrorKind`] is for programs. A driver makes a [`TransportError`]. |
//!
//! A response that is not a whole, successful page is an error, and so is a list that could not be
//! proven. No error, report or checkpoint holds the key.
//!
//! What these types hold or fail with is in the modules [`request`], [`response`], [`error`],
//! [`mod@export`] and [`report`].

#![forbid(unsafe_code)]

pub mod export;
mod message;
#[cfg(test)]
mod messages;
#[cfg(test)]
mod report_messages;

pub use http;

// `export` is public, so rustdoc would show it as a re-export only.
#[doc(inline)]
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

#[doc = include_str!("../docs/guide.md")]
pub mod guide {}

#[doc = include_str!("../docs/guarantees.md")]
pub mod guarantees {}

/// What an [`ErrorKind`] holds.
///
/// - [`Error`] is what a caller gets: the facts of one failure. [`ErrorKind`] is which kind it is.
/// - What a kind holds is named after the layer that failed: [`TransportError`] (no response),
///   [`ResponseError`](error::ResponseError) (a response that is not a page),
///   [`PagingError`](error::PagingError) (pages that are not a list),
///   [`NotProven`](error::NotProven) (a list without the promised proof).
/// - A struct that adds facts to an enum is an `…Error` with an `…ErrorKind`. `Invalid…` and
///   `Unknown…` in [`request`] are values that cannot be made.
pub mod error {
    pub use crate::message::error::{GaveUp, NotProven, PagingError, ResponseError, chain};
    pub use crate::message::json::{Field, JsonError, JsonErrorKind, JsonPath};
}

/// Why a key, a base URL, an instance or a page number cannot be used.
pub mod request {
    pub use crate::message::api::InvalidUserAgent;
    pub use crate::message::request::{
        InvalidApiKey, InvalidEndpoint, InvalidListRequest, Pasted, UnknownInstance,
        UnknownSortDirection,
    };
}

/// What a response says besides its segments: quota, times, signs of a cache.
pub mod response {
    pub use crate::message::headers::{CacheSign, RateLimit, Timestamp};
    pub use crate::message::response::{InvalidSegment, Tags};
}

/// What a [`Report`] claims, what the claims assume, and the anomalies seen.
pub mod report {
    pub use crate::export::proof::terms::{
        Assumption, Completeness, OrderBasis, SnapshotClaim, Strength, UnprovenGap,
    };
    pub use crate::export::seen::anomaly::Anomaly;
    pub use crate::export::seen::interval::Interval;
}
