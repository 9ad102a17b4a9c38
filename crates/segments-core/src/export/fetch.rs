use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::Request;
use serde::Serialize;

use crate::export::attempts::attempt::Attempt;
use crate::export::seen::page_key::PageKey;
use crate::export::seen::response_number::ResponseNumber;
use crate::message::api::Api;
use crate::message::error::Error;
use crate::message::request::ListRequest;
use crate::message::seconds;

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
    /// How many results the export had taken when it gave this.
    pub(crate) after: u64,
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

/// What became of one request: for logs and metrics.
///
/// `Display` is one line for a log, without headers and body. serde writes all of it, times in
/// seconds, beside what the outcome holds.
///
/// ```
/// use std::time::Duration;
///
/// # use segments_core::{Api, ApiKey, Export, Instance, Page, Plan, Segment, Step};
/// # let api = Api::new(Instance::Us01.into(), ApiKey::new("a-rest-api-key")?);
/// # let row = |id| Segment::new(id, "VIP", true, [""; 0]).unwrap();
/// # let page: Page = ["a", "b"].map(row).into_iter().collect();
/// # let response = page.to_http();
/// # let mut export = Export::new(api, Plan::default());
/// let Step::Send(fetch) = export.poll(Duration::ZERO)? else { unreachable!("no page yet") };
/// let exchange = export.handle_response(&fetch, Duration::from_millis(250), &response);
///
/// let line = "GET /segments/list?sort_direction=asc -> 200 in 250 ms, 2 segments";
/// assert_eq!(exchange.to_string(), line);
/// assert_eq!(exchange.outcome().name(), "page");
///
/// let json = serde_json::to_value(&exchange)?;
/// assert_eq!((&json["outcome"], &json["rows"]), (&"page".into(), &2.into()));
/// assert_eq!((&json["page"], &json["took"]), (&0.into(), &0.25.into()));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Exchange {
    #[serde(flatten)]
    pub(crate) list: ListRequest,
    pub(crate) attempt: u32,
    pub(crate) status: Option<u16>,
    pub(crate) bytes: Option<usize>,
    #[serde(with = "seconds")]
    pub(crate) took: Duration,
    #[serde(with = "seconds")]
    pub(crate) pause: Duration,
    #[serde(flatten)]
    pub(crate) outcome: Outcome,
}

/// What an export made of a response, or of its absence. serde writes [`name`](Self::name) as
/// `outcome`.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
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
        /// The wait before that; serialized in seconds.
        #[serde(with = "seconds")]
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

impl Outcome {
    /// The outcome as one word, the same in every version: `page`, `retry`, `held`, `failed`,
    /// `ignored`, `foreign`.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Page { .. } => "page",
            Self::Retry { .. } => "retry",
            Self::Held { .. } => "held",
            Self::Failed { .. } => "failed",
            Self::Ignored => "ignored",
            Self::Foreign => "foreign",
        }
    }

    /// Why it is not a page, if it is not.
    pub const fn error(&self) -> Option<&Error> {
        match self {
            Self::Retry { error, .. } | Self::Held { error } | Self::Failed { error } => {
                Some(error)
            }
            Self::Page { .. } | Self::Ignored | Self::Foreign => None,
        }
    }
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

    /// The length of the response's body, if there was a response.
    pub fn bytes(&self) -> Option<usize> {
        self.bytes
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
            Outcome::Page { rows } => {
                let ending = if *rows == 1 { "" } else { "s" };
                write!(f, ", {rows} segment{ending}")?;
                if !self.pause.is_zero() {
                    write!(f, "; the next request in {:.1} s", self.pause.as_secs_f64())?;
                }
                Ok(())
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
