use std::fmt;

use serde::{Deserialize, Serialize};

use crate::export::counters::Counters;
use crate::export::plan::Plan;
use crate::export::seen::seen_segments::SeenSegments;
use crate::export::strategy::Strategy;
use crate::export::strategy::goal::Goal;
use crate::message::api::Api;
use crate::message::digest;
use crate::message::request::{ListRequest, SortDirection};

/// The state of an export, for another process to resume. Holds no key.
///
/// serde writes and reads it in any self-describing format. The content is private and changes with
/// [`Checkpoint::VERSION`]; a checksum detects damage.
#[derive(Debug, Serialize, Deserialize)]
pub struct Checkpoint {
    version: u32,
    endpoint: String,
    goal: Goal,
    sort_direction: SortDirection,
    checksum: u64,
    /// The state as JSON: a text, so that its checksum is the same in every format.
    state: String,
}

/// What an export knows, borrowed or its own.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct State<C, L, T> {
    pub(crate) strategy: C,
    pub(crate) seen: L,
    pub(crate) counters: T,
}

impl Checkpoint {
    /// The version that this crate writes, and the only one that it reads.
    pub const VERSION: u32 = 5;

    pub(crate) fn new(
        api: &Api,
        plan: &Plan,
        state: &State<&Strategy, &SeenSegments, &Counters>,
    ) -> Self {
        let state = serde_json::to_string(state).expect("the state has string keys only");
        Self {
            version: Self::VERSION,
            endpoint: api.endpoint().to_string(),
            goal: plan.goal,
            sort_direction: plan.sort_direction,
            checksum: digest::of_version(Self::VERSION, &state),
            state,
        }
    }

    /// What is in it, if it is whole and about this endpoint.
    pub(crate) fn open(
        self,
        api: &Api,
    ) -> Result<State<Strategy, SeenSegments, Counters>, ResumeError> {
        if self.version != Self::VERSION {
            return Err(ResumeError::Version { found: self.version });
        }
        if self.endpoint != api.endpoint().to_string() {
            return Err(ResumeError::Endpoint);
        }
        if self.checksum != digest::of_version(Self::VERSION, &self.state) {
            return Err(ResumeError::Damaged);
        }
        serde_json::from_str(&self.state).map_err(|_| ResumeError::Damaged)
    }

    /// Whether it pursues what the plan says.
    pub(crate) fn check_plan(&self, plan: &Plan) -> Result<(), ResumeError> {
        if self.goal != plan.goal {
            return Err(ResumeError::Goal { found: self.goal });
        }
        if self.sort_direction != plan.sort_direction {
            return Err(ResumeError::SortDirection { found: self.sort_direction });
        }
        Ok(())
    }
}

/// Why a [`Checkpoint`] cannot be resumed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ResumeError {
    /// Another version of this crate wrote it.
    Version {
        /// Its version.
        found: u32,
    },
    /// It is about another endpoint.
    Endpoint,
    /// It has another goal.
    Goal {
        /// That goal.
        found: Goal,
    },
    /// It reads in another order.
    SortDirection {
        /// That order.
        found: SortDirection,
    },
    /// It is of a single page: use [`Export::resume_single`](crate::Export::resume_single).
    Single {
        /// That page.
        found: ListRequest,
    },
    /// It is of a whole list: use [`Export::resume`](crate::Export::resume).
    NotSingle,
    /// Its export has ended because the pages did not fit together.
    Failed,
    /// It is damaged.
    Damaged,
}

impl fmt::Display for ResumeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the checkpoint is not usable: ")?;
        match self {
            Self::Version { found } => {
                write!(
                    f,
                    "it has version {found}, but this program reads version {}",
                    Checkpoint::VERSION
                )
            }
            Self::Endpoint => f.write_str("it was made for another endpoint"),
            Self::Goal { found } => write!(f, "it was made for the goal {found}"),
            Self::SortDirection { found } => write!(f, "it was made for the order {found}"),
            Self::Single { found } => write!(f, "it is for a single page, {}", found.place()),
            Self::NotSingle => f.write_str("it is for a whole list, not for a single page"),
            Self::Failed => f.write_str("its export failed and would fail again; start over"),
            Self::Damaged => f.write_str("it is damaged; start over"),
        }
    }
}

impl std::error::Error for ResumeError {}
