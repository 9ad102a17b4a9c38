use serde::{Deserialize, Serialize};

use crate::error::PagingFault;
use crate::fetch::Target;
use crate::ledger::Ledger;
use crate::pass::Answer;
use crate::plan::{Goal, Plan};
use crate::request::ListRequest;
use crate::walk::Walk;

/// The way in which a goal is pursued: which pages are wanted, and what their answers mean.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Course {
    Walk(Walk),
}

impl Course {
    pub(crate) fn new(plan: &Plan) -> Self {
        match plan.goal {
            Goal::Walk => Self::Walk(Walk::new(plan.sort_direction)),
        }
    }

    /// The pages wanted now, the most urgent first; at least one until the course has ended.
    pub(crate) fn wanted(&self, window: u32, ledger: &Ledger) -> Vec<Target> {
        match self {
            Self::Walk(walk) => walk.wanted(window, ledger.longest),
        }
    }

    /// Takes an answer; true if it was waited for.
    pub(crate) fn absorb(
        &mut self,
        target: Target,
        answer: Answer,
        ledger: &mut Ledger,
    ) -> Result<bool, (ListRequest, PagingFault)> {
        match self {
            Self::Walk(walk) => walk.absorb(target, answer, ledger),
        }
    }

    pub(crate) fn ended(&self) -> bool {
        match self {
            Self::Walk(walk) => walk.ended(),
        }
    }
}
