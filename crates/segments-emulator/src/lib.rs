//! Braze's `GET /segments/list`, without Braze.
//!
//! Four layers, each usable without the next:
//!
//! | layer | what it is | for |
//! |---|---|---|
//! | [`Workspace`] | a pure function: request and time in, response out | simulations, property tests |
//! | [`Emulator`] | the same behind a lock, with a clock, as a [`tower_service::Service`] | tests of an HTTP client without a socket |
//! | [`Server`] | the same on 127.0.0.1, over HTTP/1.1 | tests of any program |
//! | `/_emulator/…` | edits, faults and log over HTTP ([admin routes](admin)) | tests that are not written in Rust |
//!
//! A [`Server`] also answers `GET /healthz` with `ok`, to everybody and without a key.
//!
//! ```
//! use std::time::Duration;
//! use segments_core::{Api, ApiKey, Endpoint, ListRequest};
//! use segments_emulator::{Fault, Script, Workspace, sample};
//!
//! let mut workspace = Workspace::new()
//!     .with_key("a-key")
//!     .with_segments(sample(250, 1))
//!     .with_faults(Script::new().then(Fault::status(503).page(2).times(1)));
//!
//! let api = Api::new(Endpoint::new("http://127.0.0.1")?, ApiKey::new("a-key")?);
//! let mut ask = |page| {
//!     let request = api.request(ListRequest::page(page));
//!     api.read(&workspace.answer(&request, Duration::from_secs(1_592_427_423)))
//! };
//! assert_eq!(ask(0)?.len(), 100);
//! assert_eq!(ask(2).unwrap_err().status(), Some(503));
//! assert_eq!(ask(2)?.len(), 50);
//! assert!(ask(3)?.is_empty());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # What it rests on
//!
//! Braze was never called for this crate. Every item says where its behaviour comes from:
//! *documented* by Braze, *observed* in recordings that other clients published, *inferred* by us
//! from those, or *invented* because nothing is known. What a client may rely on is in the first
//! two; the rest is there so that every request has an answer.
//!
//! | behaviour | source |
//! |---|---|
//! | 100 segments a page, counted from 0; oldest first unless `sort_direction=desc`; archived ones left out | documented |
//! | a page behind the end: 200 and `"segments":[]` | inferred (empty lists of sibling endpoints keep the key) |
//! | body compact, `segments` before `message`; `Content-Type: application/json` without charset | observed |
//! | weak `ETag`: the first 32 hex digits of the body's SHA-256, before it is compressed | observed |
//! | gzip for who asks for it, errors included; `Vary: Origin,Accept-Encoding` on every answer | observed |
//! | 250,000 requests an hour, anew on the clock hour; the three `X-RateLimit-*` headers | documented, observed |
//! | a 400 counts against the allowance, a 401 does not and has the three headers empty | observed |
//! | 401 repeats the key: `{"message":"Invalid API key: …"}` | observed |
//! | 401 without a usable key: the same text with nothing behind it | inferred |
//! | the scheme `Bearer` in any case; unknown parameters, a bare `?`, `Content-Type` on a GET | documented, observed |
//! | a key without `segments.list`: 403 | documented (as 403 and as 401; 403 is the newer page) |
//! | a slash at the end of the path: 403 | documented as a cause of 403 |
//! | unusable `page` or `sort_direction`: 400 | invented |
//! | other paths 404, other methods 405 | documented, invented |
//! | over the limit: 429 | documented; its text is invented |
//! | texts of 400, 403, 404, 405 and 429 | invented |
//! | page sizes other than 100, faults, admin routes | invented, for tests |
//!
//! # Time and order
//!
//! Nothing in the pure layer reads a clock or a random number: the same calls give the same bytes,
//! request ids included.

#![forbid(unsafe_code)]

pub mod admin;
mod faults;
mod json_error;
#[cfg(test)]
mod messages;
mod random;
mod segments;
mod server;
mod service;
mod workspace;

pub use faults::fault::Fault;
pub use faults::kind::FaultKind;
pub use faults::script::{InvalidScript, Script};
pub use segments::parse::{InvalidSegments, ParsedSegments, parse_segments};
pub use segments::sample::sample;
pub use server::Server;
pub use server::server_thread::ServerThread;
pub use service::body::Body;
pub use service::connection_error::ConnectionError;
pub use service::emulator::Emulator;
pub use service::response_future::ResponseFuture;
pub use workspace::Workspace;
pub use workspace::delivery::{Delivery, DeliveryMode};
pub use workspace::error::EditError;
pub use workspace::key::Key;
pub use workspace::log::{Log, LogEntry};
