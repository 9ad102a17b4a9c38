use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::Request;

use crate::export::attempts::attempt::Attempt;
use crate::export::seen::page_key::PageKey;
use crate::export::seen::response_number::ResponseNumber;
use crate::message::api::Api;
use crate::message::error::Error;
use crate::message::request::ListRequest;

/// A request that an export wants sent now, with its limits.
///
/// The export gives the same one again until its response or its failure is handed in.
#[derive(Debug, Clone)]
pub struct Fetch {
    pub(crate) api: Api,
    pub(crate) owner: Owner,
    pub(crate) id: FetchId,
    /// The last page that the export had when it gave this: the response is newer.
    pub(crate) asked: ResponseNumber,
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

/// Identifies an attempt at a page of a pass. Drivers compare it with what they have in flight.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FetchId {
    pub(crate) page_key: PageKey,
    pub(crate) attempt: Attempt,
}

impl Fetch {
    /// The request to send.
    pub fn request(&self) -> Request<()> {
        self.api.request(self.list())
    }

    /// The page that it requests.
    pub fn list(&self) -> ListRequest {
        self.id.page_key.list
    }

    /// The pass that it belongs to: 0 for the first, another number for every later pass and for every
    /// page that is read on its own.
    pub fn pass(&self) -> u32 {
        self.id.page_key.pass.0
    }

    /// What identifies it.
    pub fn id(&self) -> FetchId {
        self.id
    }

    /// The number of the attempt, from 1.
    pub fn attempt(&self) -> u32 {
        self.id.attempt.number
    }

    /// The time limit of this attempt, from connecting to the last byte: the plan's, or what the
    /// deadline leaves.
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

/// What an export made of a response, or of its absence.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Outcome {
    /// It is a page.
    Page {
        /// How many segments it has.
        rows: usize,
    },
    /// It will be requested again.
    Retry {
        /// Why.
        error: Error,
        /// The wait before that.
        after: Duration,
    },
    /// The page was requested ahead and failed. This ends the export only if the page turns out to
    /// be needed.
    Held {
        /// Why.
        error: Error,
    },
    /// It ends the export.
    Failed {
        /// Why.
        error: Error,
    },
    /// The export no longer needs it: a second response, or a page behind the end.
    Ignored,
    /// Its fetch is of another export, or of this one before it was resumed. It counts nowhere.
    Foreign,
}

impl Exchange {
    /// The requested page.
    pub fn list(&self) -> ListRequest {
        self.list
    }

    /// The number of the attempt, from 1.
    pub fn attempt(&self) -> u32 {
        self.attempt
    }

    /// The status of the response, if there was one.
    pub fn status(&self) -> Option<u16> {
        self.status
    }

    /// The time from the request to the response.
    pub fn took(&self) -> Duration {
        self.took
    }

    /// How long the export sends no request from now on, because the server failed or asked to wait,
    /// or because the quota is used up. Mostly zero.
    pub fn pause(&self) -> Duration {
        self.pause
    }

    /// What the export made of it.
    pub fn outcome(&self) -> &Outcome {
        &self.outcome
    }
}

impl fmt::Display for Exchange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "GET {} -> ", self.list)?;
        match self.status {
            Some(status) => write!(f, "{status}")?,
            None => f.write_str("no response")?,
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
                write!(f, "; retry in {:.1} s: {error}", after.as_secs_f64())
            }
            Outcome::Failed { error } | Outcome::Held { error } => write!(f, "; {error}"),
            Outcome::Ignored => f.write_str(", no longer needed"),
            Outcome::Foreign => f.write_str(", handed in with the fetch of another export"),
        }
    }
}
