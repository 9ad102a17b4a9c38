//! [proptest] strategies for clients of Braze's `GET /segments/list`, and a judge of what
//! they find.
//!
//! | to test | draw | and hold the result against |
//! |---|---|---|
//! | code that handles segments | [`segment()`], [`segments()`], [`page()`] | your own property |
//! | the server's side of a request | [`list_request()`] | your own property |
//! | a parser | [`response::any()`], cut up by [`chunks::cuts()`] | [`Case::check`](response::Case::check) |
//! | a loop over pages | [`history()`], with [`faults::script()`] | [`judge()`] |
//!
//! Nothing here opens a socket, reads a clock or sleeps. A [`Server`](history::Server) answers
//! [`http::Request`]s in virtual time, so that thousands of exports take a second.
//!
//! ```
//! use proptest::prelude::*;
//! use segments_core::{Api, ApiKey, Instance};
//! use segments_proptest::response;
//!
//! let api = Api::new(Instance::Us01.into(), ApiKey::new("a-key")?);
//! proptest!(|(case in response::any())| {
//!     let read = api.read(&case.response).map(|page| page.segments().collect());
//!     case.check(read)?;
//! });
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Shrinking
//!
//! Every strategy shrinks to the smallest value that a person would have written: ids to `a`, `b`,
//! `c`, texts to nothing, a page to none, a response to the documented form with one thing wrong, a
//! history to one edit or one fault. None filters, and none uses `prop_flat_map`: both hinder it.
//!
//! # Fuzzing
//!
//! Do not feed a fuzzer's bytes to these strategies by way of
//! [`RngAlgorithm::PassThrough`](proptest::test_runner::RngAlgorithm::PassThrough). As of proptest
//! 1.11, each choice among alternatives takes half of the bytes that are left, and a choice without
//! bytes never ends: of ten random inputs of 400 bytes, nine hung in [`response::any()`], of ten of
//! 64 KiB seven. Let a fuzzer write bodies, requests and headers directly; run proptest with more
//! cases (`PROPTEST_CASES`) for the rest.

#![forbid(unsafe_code)]

pub mod chunks;
pub mod faults;
pub mod history;
pub mod judge;
mod request;
pub mod response;
mod segment;
mod text;

pub use history::history;
pub use judge::judge;
pub use request::list_request;
pub use segment::{page, segment, segments};
pub use text::text;
