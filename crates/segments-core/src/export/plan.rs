use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::export::attempts::retry::RetryPolicy;
use crate::message::request::{ListRequest, SortDirection};

/// What an export is to promise about its list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Goal {
    /// Every page once, in order, each segment once. Segments can be missing if the list changes
    /// meanwhile, as with every client that reads by page number.
    Walk,
    /// Every segment that was listed from the first question to the last answer, proven. Costs
    /// about twice the requests of a walk.
    #[default]
    Complete,
    /// The list as it was at one moment, which the report names.
    Snapshot,
}

impl fmt::Display for Goal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Walk => "walk",
            Self::Complete => "complete",
            Self::Snapshot => "snapshot",
        })
    }
}

impl FromStr for Goal {
    type Err = UnknownGoal;

    fn from_str(text: &str) -> Result<Self, UnknownGoal> {
        match text {
            "walk" => Ok(Self::Walk),
            "complete" => Ok(Self::Complete),
            "snapshot" => Ok(Self::Snapshot),
            _ => Err(UnknownGoal),
        }
    }
}

/// A text names no [`Goal`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnknownGoal;

impl fmt::Display for UnknownGoal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the goal must be walk, complete or snapshot")
    }
}

impl std::error::Error for UnknownGoal {}

/// How an export is to go about it.
///
/// Times are counted from the caller's own zero, the same as in
/// [`Export::poll`](crate::Export::poll).
///
/// ```
/// use segments_core::{Goal, Plan};
///
/// let mut plan = Plan::new(Goal::Walk);
/// plan.window = 8;
/// plan.deadline = Some(std::time::Duration::from_secs(600));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Plan {
    /// What to promise.
    pub goal: Goal,
    /// The order in which a walk reads, and in which [`List::finish`](crate::List::finish) gives
    /// the list of the other goals. Default oldest first.
    pub sort_direction: SortDirection,
    /// The most requests in flight; 0 counts as 1, and more than [`Plan::MAX_WINDOW`] as that.
    /// Default 4.
    pub window: u16,
    /// The time for one try, head and body. Default 30 s. The driver keeps it.
    pub timeout: Duration,
    /// The time for everything. Default none.
    pub deadline: Option<Duration>,
    /// The longest head of an answer, in bytes. Default 64 KiB. The driver keeps it.
    pub max_head: usize,
    /// The longest body, in bytes. Default 1.5 MiB; a page of 100 has some 16 KiB. The driver
    /// keeps it.
    pub max_body: usize,
    /// The most memory for what was seen, in bytes: an error beyond it, so that a server that
    /// never ends costs no more. Default 40 MiB.
    ///
    /// Counted is what the export holds of every segment, and, for the goals that prove something,
    /// a [`List`](crate::List) of them, because such a list is of use only at its end. By default a
    /// walk has room for a million segments, the others for 175,000. Bodies
    /// under way are not counted: they take `window` times `max_body` at most.
    pub max_memory: usize,
    /// Whether the caller keeps every segment of a walk until the end, so that `max_memory` counts
    /// such a list too. The other goals always count it. Default no.
    pub keeps_list: bool,
    /// The most passes through the list, for the goals that prove something; one that has not
    /// succeeded by then has failed. [`Goal::Complete`] reads both orders, so that 0 and 1 count as
    /// 2 there. Default 8.
    pub max_passes: u32,
    /// How many segments a full page holds, as documented by Braze. A snapshot counts with it, a
    /// walk takes a shorter first page for the likely end, and a longer page is an anomaly.
    /// Default [`ListRequest::PAGE_SIZE`], 100.
    pub page_size: usize,
    /// The most pages with segments of one pass. Default 100,000, which is ten million segments.
    pub max_pages: u32,
    /// The most requests of the export, retries included. Default one million.
    pub max_requests: u64,
    /// When failed requests are sent again.
    pub retry: RetryPolicy,
    /// Where jitter and hashing begin: any number; the same one gives the same waits. Take it
    /// from a source of randomness, so that many clients do not wait alike.
    pub seed: u64,
}

impl Plan {
    /// The most requests in flight that a plan can ask for. Each takes a connection of its own, and a
    /// process may often have no more than 1,024 of them.
    pub const MAX_WINDOW: u16 = 256;

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
}

impl Default for Plan {
    fn default() -> Self {
        Self::new(Goal::default())
    }
}
