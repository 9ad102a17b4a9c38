use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::export::attempts::retry::RetryPolicy;
use crate::export::setters::setters;
use crate::export::strategy::goal::Goal;
use crate::message::request::{ListRequest, SortDirection};
use crate::message::seconds;

/// The goal and the limits of an export.
///
/// Times are counted from the caller's zero, as in [`Export::poll`](crate::Export::poll).
///
/// Fields can be set, or chained as methods. serde reads what is given and takes the rest from
/// [`Plan::default`], so that a plan can be part of a configuration; times are in seconds, and an
/// unknown field is an error.
///
/// ```
/// use std::time::Duration;
///
/// use segments_core::{Goal, Plan};
///
/// let mut plan = Plan::new(Goal::Walk).with_window(8);
/// plan.deadline = Some(Duration::from_secs(600));
///
/// let text = r#"{"goal": "walk", "window": 8, "deadline": 600}"#;
/// assert_eq!(serde_json::from_str::<Plan>(text)?, plan);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Plan {
    /// What the export promises.
    pub goal: Goal,
    /// The order of reading in a walk, and of the final list
    /// ([`List::finish`](crate::List::finish)) for the other goals. Default oldest first.
    pub sort_direction: SortDirection,
    /// How many requests may be in flight, from 1 to [`Plan::MAX_WINDOW`]; other values count as the
    /// nearest. Default 4.
    pub window: u16,
    /// The time limit of one attempt, from connecting to the last byte. Default 30 s. Enforced by the
    /// driver.
    #[serde(with = "seconds")]
    pub timeout: Duration,
    /// When the whole export must be done, since the caller's zero. Default never.
    #[serde(with = "seconds::optional")]
    pub deadline: Option<Duration>,
    /// The size limit of a response's header section, in bytes. Default 64 KiB. Enforced by the
    /// driver.
    pub max_head: usize,
    /// The size limit of a body, in bytes. Default 1.5 MiB; a page of 100 has about 16 KiB. Enforced
    /// by the driver.
    pub max_body: usize,
    /// How much memory the export may hold, in bytes; more is an error, so that an endless list ends.
    /// Default 40 MiB: a million segments in a walk, 200,000 with the other goals.
    ///
    /// It counts what the export keeps of every segment and, except in a walk, a
    /// [`List`](crate::List) of them, because that list is of use only as a whole. It does not count
    /// bodies in flight, which take at most `window` times `max_body`.
    pub max_memory: usize,
    /// Whether the caller keeps every segment of a walk until the end, so that `max_memory` counts
    /// such a list too. The other goals always count it. Default no.
    pub keeps_list: bool,
    /// How many passes through the list `complete` and `snapshot` may take before they fail.
    /// [`Goal::Complete`] reads both orders, so 0 and 1 count as 2 there. Default 8.
    pub max_passes: u32,
    /// How many segments a full page holds, as documented by Braze. A snapshot counts with it, a
    /// walk takes a shorter first page for the likely end, and a longer page is an anomaly.
    /// Default [`ListRequest::PAGE_SIZE`], 100.
    pub page_size: usize,
    /// How many pages with segments a pass may have. Default 100,000, which is ten million segments.
    pub max_pages: u32,
    /// How many requests the export may send, retries included. Default one million.
    pub max_requests: u64,
    /// When failed requests are retried.
    pub retry: RetryPolicy,
    /// The seed of jitter and hashing. Default 0. Take it from a source of randomness, so that many
    /// clients do not wait alike; the same seed gives the same waits.
    pub seed: u64,
}

impl Plan {
    /// The largest window. Each request takes a connection, and a process is often limited to 1,024
    /// file descriptors.
    pub const MAX_WINDOW: u16 = 256;

    /// Whether `max_memory` counts a list of the segments.
    pub(crate) fn counts_list(&self) -> bool {
        self.goal != Goal::Walk || self.keeps_list
    }

    /// The defaults for a goal.
    pub fn new(goal: Goal) -> Self {
        Self {
            goal,
            sort_direction: SortDirection::Asc,
            window: 4,
            timeout: Duration::from_secs(30),
            deadline: None,
            max_head: 64 << 10,
            max_body: 3 << 19,
            max_memory: 40 << 20,
            keeps_list: false,
            max_passes: 8,
            page_size: ListRequest::PAGE_SIZE,
            max_pages: 100_000,
            max_requests: 1_000_000,
            retry: RetryPolicy::default(),
            seed: 0,
        }
    }

    setters! {
        with_goal goal: Goal;
        with_sort_direction sort_direction: SortDirection;
        with_window window: u16;
        with_timeout timeout: Duration;
        with_max_head max_head: usize;
        with_max_body max_body: usize;
        with_max_memory max_memory: usize;
        with_keeps_list keeps_list: bool;
        with_max_passes max_passes: u32;
        with_page_size page_size: usize;
        with_max_pages max_pages: u32;
        with_max_requests max_requests: u64;
        with_retry retry: RetryPolicy;
        with_seed seed: u64;
    }

    /// Sets [`deadline`](Self::deadline).
    #[must_use]
    pub fn with_deadline(mut self, deadline: Duration) -> Self {
        self.deadline = Some(deadline);
        self
    }
}

impl Default for Plan {
    fn default() -> Self {
        Self::new(Goal::default())
    }
}
