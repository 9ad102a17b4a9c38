use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::Request;

use crate::export::seen::page_key::PageKey;
use crate::message::api::Api;
use crate::message::error::Error;
use crate::message::request::ListRequest;

/// One page that an export wants now.
///
/// Making one changes nothing: the same is handed out again until its answer, or its failure,
/// reaches the export.
#[derive(Debug, Clone)]
pub struct Fetch {
    pub(crate) api: Api,
    pub(crate) owner: Owner,
    pub(crate) id: FetchId,
    /// How many answers the export had when this was asked for: what it shows is no older.
    pub(crate) asked: u32,
    pub(crate) asked_at: Duration,
    pub(crate) timeout: Duration,
    pub(crate) max_head: usize,
    pub(crate) max_body: usize,
}

/// Which export a fetch is of. Clones are of the same one; every other is of another.
#[derive(Debug, Clone)]
pub(crate) struct Owner(Arc<()>);

impl Owner {
    pub(crate) fn new() -> Self {
        Self(Arc::new(()))
    }

    pub(crate) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

/// Which attempt at which page of which pass. Drivers compare it with what they have in flight.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FetchId {
    pub(crate) page_key: PageKey,
    pub(crate) attempt: u32,
    /// It takes the place of a request that a stale connection swallowed.
    pub(crate) replacement: bool,
}

impl Fetch {
    /// The request to send.
    pub fn request(&self) -> Request<()> {
        self.api.request(self.list())
    }

    /// The page that it asks for.
    pub fn list(&self) -> ListRequest {
        self.id.page_key.list
    }

    /// For which reading it is: 0 for the first through the list, another number for every later
    /// pass and every page that is read on its own.
    pub fn pass(&self) -> u32 {
        self.id.page_key.pass
    }

    /// What tells it from others.
    pub fn id(&self) -> FetchId {
        self.id
    }

    /// Which attempt it is, from 1.
    pub fn attempt(&self) -> u32 {
        self.id.attempt
    }

    /// The time that this try may take, head and body: the plan's, or what the deadline leaves.
    pub fn timeout(&self) -> Duration {
        self.timeout
    }

    /// The longest head to read, in bytes.
    pub fn max_head(&self) -> usize {
        self.max_head
    }

    /// The longest body to read, in bytes.
    pub fn max_body(&self) -> usize {
        self.max_body
    }
}

/// What became of one request. `Display` is one line for a log, without headers and body.
#[derive(Debug, Clone, PartialEq)]
pub struct Exchange {
    pub(crate) list: ListRequest,
    pub(crate) attempt: u32,
    pub(crate) status: Option<u16>,
    pub(crate) took: Duration,
    pub(crate) pause: Duration,
    pub(crate) outcome: Outcome,
}

/// What an export made of an answer, or of its absence.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Outcome {
    /// A page of this many segments.
    Page {
        /// How many.
        rows: usize,
    },
    /// It will be asked for again.
    Retry {
        /// Why.
        error: Error,
        /// After how long.
        after: Duration,
    },
    /// It would end the export, but the page was asked for ahead: it does as soon as the page turns
    /// out to be needed.
    Held {
        /// Why.
        error: Error,
    },
    /// It ends the export.
    Failed {
        /// Why.
        error: Error,
    },
    /// Nobody waits for it any more: a second answer, or one behind the end.
    Ignored,
    /// Nothing at all: the fetch that it was handed in with is of another export, or of this one
    /// before it was resumed. It counts nowhere.
    Foreign,
}

impl Exchange {
    /// The page that was asked for.
    pub fn list(&self) -> ListRequest {
        self.list
    }

    /// Which attempt it was, from 1.
    pub fn attempt(&self) -> u32 {
        self.attempt
    }

    /// The status of the answer, if there was one.
    pub fn status(&self) -> Option<u16> {
        self.status
    }

    /// The time from asking to the answer.
    pub fn took(&self) -> Duration {
        self.took
    }

    /// How long no request at all is sent from then on: the server has failed, has asked to wait, or
    /// this answer has used up the allowance. Mostly zero.
    pub fn pause(&self) -> Duration {
        self.pause
    }

    /// What came of it.
    pub fn outcome(&self) -> &Outcome {
        &self.outcome
    }
}

impl fmt::Display for Exchange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "GET {} -> ", self.list)?;
        match self.status {
            Some(status) => write!(f, "{status}")?,
            None => f.write_str("no answer")?,
        }
        write!(f, " in {} ms", self.took.as_millis())?;
        if self.attempt > 1 {
            write!(f, " (attempt {})", self.attempt)?;
        }
        match &self.outcome {
            Outcome::Page { rows } if self.pause.is_zero() => write!(f, ", {rows} segments"),
            Outcome::Page { rows } => {
                let pause = self.pause.as_secs_f64();
                write!(f, ", {rows} segments; the next request in {pause:.1} s")
            }
            Outcome::Retry { error, after } => {
                write!(f, "; again in {:.1} s: {error}", after.as_secs_f64())
            }
            Outcome::Failed { error } | Outcome::Held { error } => write!(f, "; {error}"),
            Outcome::Ignored => f.write_str(", no longer needed"),
            Outcome::Foreign => f.write_str(", handed in with the fetch of another export"),
        }
    }
}
