// The doctest of the README needs an HTTP client, so `cargo test -p xtask --doc` runs it.
#![cfg_attr(not(doctest), doc = include_str!("../README.md"))]
//!
//! # As a pure function
//!
//! [`Workspace::answer`] reads no clock and no random number: the same calls give the same bytes,
//! request ids included. [`Delivery`] tells what a script wants to happen to the connection.
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
//! # Sources
//!
//! Braze was never called for this crate. Each behaviour is *documented* by Braze, *observed* in
//! recordings that other clients published, *inferred* from those, or *invented*. A client should
//! rely on the first two only.
//!
//! | behaviour | source |
//! |---|---|
//! | 100 segments per page, counted from 0; oldest first unless `sort_direction=desc`; no archived ones | documented |
//! | a page after the last: 200 and `"segments":[]` | inferred from sibling endpoints |
//! | compact JSON, `segments` before `message`; `Content-Type: application/json` without charset | observed |
//! | weak `ETag`: the first 32 hexadecimal digits of the uncompressed body's SHA-256 | observed |
//! | gzip if accepted, also for errors; `Vary: Origin,Accept-Encoding` always | observed |
//! | 250,000 requests per clock hour; three `X-RateLimit-*` headers | documented, observed |
//! | a 400 counts against the rate limit; a 401 does not, and its three headers are empty | observed |
//! | 401 repeats the key: `{"message":"Invalid API key: …"}` | observed |
//! | 401 without a usable key: the same text, with nothing after it | inferred |
//! | `Bearer` in any case; unknown parameters, a bare `?` and `Content-Type` on a GET are accepted | documented, observed |
//! | a key without `segments.list`: 403 | documented (older pages: 401) |
//! | a slash at the end of the path: 403 | documented as a cause of 403 |
//! | invalid `page` or `sort_direction`: 400 | invented |
//! | other paths: 404; other methods: 405 | documented; invented |
//! | above the rate limit: 429 | documented |
//! | the messages of 400, 403, 404, 405 and 429 | invented |
//! | other page sizes, faults, admin routes | invented |

#![forbid(unsafe_code)]

pub mod admin;
mod faults;
mod json_error;
#[cfg(test)]
mod messages;
mod page;
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
pub use workspace::edit::Edit;
pub use workspace::error::EditError;
pub use workspace::key::Key;
pub use workspace::log::{Log, LogEntry};
