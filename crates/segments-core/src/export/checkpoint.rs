use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::Export;
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

/// What an export knows: borrowed to be written, or owned when it was read.
#[derive(Debug, Serialize, Deserialize)]
struct State<S, L, C> {
    strategy: S,
    seen: L,
    counters: C,
}

type OwnedState = State<Strategy, SeenSegments, Counters>;

/// Checkpoints.
impl Export {
    /// The state of the export, from which another process can resume, at any moment and after an
    /// error too. It holds no key. Batches that are ready but not yet given are in it; those that
    /// were given are not, so store them first.
    pub fn checkpoint(&self, now: Duration) -> Checkpoint {
        let mut counters = self.counters.clone();
        counters.times = counters.times.at_rest(now);
        counters.counts = self.attempts.counts.clone();
        counters.pause = self.attempts.closed_until().saturating_sub(now);
        counters.failed = self.error.as_ref().is_some_and(|error| !error.is_resumable());

        let state = State { strategy: &self.strategy, seen: &self.seen, counters: &counters };
        Checkpoint::new(&self.api, &self.plan, &state)
    }

    /// Resumes from a checkpoint, with its counters and everything it has seen. Time goes on from
    /// the caller's new zero. Goal and order of the plan must be the same, its limits may differ.
    ///
    /// # Errors
    /// [`ResumeError`] if the checkpoint is of another endpoint, goal, order or version, of
    /// [`Export::single`], of an export that failed for good, or damaged.
    pub fn resume(api: Api, plan: Plan, checkpoint: Checkpoint) -> Result<Self, ResumeError> {
        let is_of_plan = checkpoint.check_plan(&plan);
        let state = checkpoint.open(&api)?;
        if let Strategy::Single(single) = &state.strategy {
            return Err(ResumeError::Single { found: single.list() });
        }
        is_of_plan?;

        Self::resume_state(api, plan, state)
    }

    /// Resumes from a checkpoint of [`Export::single`], for the same page.
    ///
    /// # Errors
    /// [`ResumeError`] if the checkpoint is of another endpoint, page or version, of a whole list, of
    /// an export that failed for good, or damaged.
    pub fn resume_single(
        api: Api,
        mut plan: Plan,
        list: ListRequest,
        checkpoint: Checkpoint,
    ) -> Result<Self, ResumeError> {
        plan.goal = Goal::Walk;
        let state = checkpoint.open(&api)?;
        match &state.strategy {
            Strategy::Single(single) if single.list() == list => {
                Self::resume_state(api, plan, state)
            }
            Strategy::Single(single) => Err(ResumeError::Single { found: single.list() }),
            _ => Err(ResumeError::NotSingle),
        }
    }

    fn resume_state(api: Api, plan: Plan, state: OwnedState) -> Result<Self, ResumeError> {
        let State { mut strategy, mut seen, mut counters } = state;
        if counters.failed {
            return Err(ResumeError::Failed);
        }

        let keeps_latest = plan.goal != Goal::Walk;
        let fits = seen.resume(plan.seed, keeps_latest, plan.page_size)
            && strategy.fits(plan.goal, seen.ids.len());
        if !fits {
            return Err(ResumeError::Damaged);
        }

        strategy.resume(plan.max_passes);
        counters.times.resume();
        Ok(Self::assemble(api, plan, strategy, seen, counters))
    }
}

impl Checkpoint {
    /// The version that this crate writes, and the only one that it reads.
    pub const VERSION: u32 = 6;

    fn new(api: &Api, plan: &Plan, state: &State<&Strategy, &SeenSegments, &Counters>) -> Self {
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

    /// Its state, if it is whole and of this endpoint.
    fn open(self, api: &Api) -> Result<OwnedState, ResumeError> {
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

    /// Whether it has the goal and the order of the plan.
    fn check_plan(&self, plan: &Plan) -> Result<(), ResumeError> {
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
