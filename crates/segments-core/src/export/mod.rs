//! The machine that reads a whole list, and the types that a driver of it needs.

pub(crate) mod attempts;
pub(crate) mod counters;
pub(crate) mod fetch;
pub(crate) mod list;
pub(crate) mod plan;
pub(crate) mod proof;
pub(crate) mod recorded;
pub(crate) mod report;
pub(crate) mod seen;
pub(crate) mod step;
pub(crate) mod strategy;
pub(crate) mod times;

mod cached;
mod end;
mod setters;

// The methods of `Export`, in the order in which rustdoc shows them.
mod machine;

mod responses;
mod schedule;

mod drive;

pub(crate) mod checkpoint;

pub use attempts::retry::RetryPolicy;
pub use checkpoint::ResumeError;
pub use fetch::{Exchange, FetchId, Outcome};
pub use recorded::RecordedExchange;
pub use seen::batch::Update;
pub use strategy::goal::UnknownGoal;

use crate::export::attempts::Attempts;
use crate::export::counters::Counters;
use crate::export::fetch::Owner;
use crate::export::plan::Plan;
use crate::export::proof::claims::Claims;
use crate::export::seen::page_key::PageKey;
use crate::export::seen::seen_segments::SeenSegments;
use crate::export::strategy::Strategy;
use crate::message::api::Api;
use crate::message::error::Error;

/// Reads a whole list: says what to send, takes what comes back, and hands out segments.
///
/// ```text
///         handle_response, handle_failure
///                  ┌───────────────┐
///                  ▼               │
///  new, resume ─► poll ──► Send ───┘          the transport is the caller's
///                  ▲ │
///                  │ ├───► Wait               until a time; sooner does no harm
///                  │ ├───► Batch ────┐        each batch once
///                  └─┼───────────────┘
///                    ├───► Done(report)       and from then on
///                    └───► Err(error)         and from then on
/// ```
///
/// The contract of its methods:
///
/// - `now` is the time since a zero of the caller's choice, the same in every call. It must not go
///   back. [`Plan::deadline`] counts from it too.
/// - Asking is free. [`Export::poll`], [`Export::poll_fetches`] and [`Export::poll_timeout`] can be
///   called at any time and give the same until something is handed in or time passes. Only a batch
///   is given once.
/// - Responses and failures may be handed in in any order, late, or twice.
/// - A request may be cancelled without notice: it is still wanted, and given again.
///
/// ```
/// # use std::thread::sleep;
/// # use std::time::Instant;
/// # use segments_core::{
/// #     Api, ApiKey, Error, Export, Fetch, Instance, List, Page, Plan, Segment, Step, TransportError,
/// # };
/// # fn send(fetch: &Fetch) -> Result<http::Response<Vec<u8>>, TransportError> {
/// #     let row = Segment::new("a", "All Users", true, [""; 0]).unwrap();
/// #     Ok((fetch.list().page == 0).then_some(row).into_iter().collect::<Page>().to_http())
/// # }
/// # let api = Api::new(Instance::Us01.into(), ApiKey::new("a-rest-api-key")?);
/// let mut export = Export::new(api, Plan::default());
/// let mut list = List::default();
/// let start = Instant::now();
///
/// let report = loop {
///     match export.poll(start.elapsed())? {
///         Step::Send(fetch) => {
///             let result = send(&fetch);
///             export.handle_result(&fetch, start.elapsed(), result);
///         }
///         Step::Wait { until } => sleep(until.saturating_sub(start.elapsed())),
///         Step::Batch(batch) => list.apply(batch),
///         Step::Done(report) => break report,
///     }
/// };
/// assert_eq!(list.finish(&report).len(), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Export {
    api: Api,
    /// Tells its fetches from those of other exports.
    identity: Owner,
    plan: Plan,
    strategy: Strategy,
    seen: SeenSegments,
    attempts: Attempts<PageKey>,
    counters: Counters,
    error: Option<Error>,
    /// What the strategy has come to, once it has ended.
    claims: Option<Claims>,
    /// [`Step::Done`] was given.
    is_done: bool,
}
