use std::fmt;

use serde::{Deserialize, Serialize};

use crate::api::Api;
use crate::course::Course;
use crate::export::Tally;
use crate::ids;
use crate::ledger::SavedLedger;
use crate::plan::{Goal, Plan};
use crate::request::SortDirection;

/// An export at rest: everything that another process needs to go on, and no key.
///
/// serde writes and reads it in any self-describing format. The content is this crate's own and
/// changes with [`Checkpoint::VERSION`]; a checksum keeps a damaged file from being taken for a
/// whole one.
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

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct SavedExport {
    pub(crate) course: Course,
    pub(crate) ledger: SavedLedger,
    pub(crate) tally: Tally,
}

impl Checkpoint {
    /// The version that this crate writes, and the only one that it reads.
    pub const VERSION: u32 = 2;

    pub(crate) fn new(
        api: &Api,
        plan: &Plan,
        course: &Course,
        ledger: SavedLedger,
        tally: Tally,
    ) -> Self {
        #[derive(Serialize)]
        struct State<'a> {
            course: &'a Course,
            ledger: SavedLedger,
            tally: Tally,
        }
        let state = serde_json::to_string(&State { course, ledger, tally })
            .expect("the state has string keys only");
        Self {
            version: Self::VERSION,
            endpoint: api.endpoint().to_string(),
            goal: plan.goal,
            sort_direction: plan.sort_direction,
            checksum: checksum(&state),
            state,
        }
    }

    pub(crate) fn open(self, api: &Api, plan: &Plan) -> Result<SavedExport, ResumeError> {
        if self.version != Self::VERSION {
            return Err(ResumeError::Version { found: self.version });
        }
        if self.endpoint != api.endpoint().to_string() {
            return Err(ResumeError::Endpoint);
        }
        if self.goal != plan.goal {
            return Err(ResumeError::Goal { found: self.goal });
        }
        if self.sort_direction != plan.sort_direction {
            return Err(ResumeError::SortDirection { found: self.sort_direction });
        }
        if self.checksum != checksum(&self.state) {
            return Err(ResumeError::Damaged);
        }
        serde_json::from_str(&self.state).map_err(|_| ResumeError::Damaged)
    }
}

fn checksum(state: &str) -> u64 {
    ids::hash(u64::from(Checkpoint::VERSION), state)
}

/// Why a [`Checkpoint`] is not taken.
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
    /// It pursues another goal.
    Goal {
        /// That goal.
        found: Goal,
    },
    /// It reads in another order.
    SortDirection {
        /// That order.
        found: SortDirection,
    },
    /// Its export has ended because the pages did not fit together.
    Failed,
    /// It is not whole.
    Damaged,
}

impl fmt::Display for ResumeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the checkpoint is not usable: ")?;
        match self {
            Self::Version { found } => {
                write!(f, "it has version {found}, this program reads {}", Checkpoint::VERSION)
            }
            Self::Endpoint => f.write_str("it was made for another endpoint"),
            Self::Goal { found } => write!(f, "it was made for the goal {found}"),
            Self::SortDirection { found } => write!(f, "it was made for the order {found}"),
            Self::Failed => f.write_str("its export has failed, and would fail again; begin anew"),
            Self::Damaged => f.write_str("it is damaged; begin anew"),
        }
    }
}

impl std::error::Error for ResumeError {}
