use serde::{Deserialize, Serialize};

use crate::export::fetch::Target;
use crate::export::seen::seen_segments::Ledger;
use crate::export::strategy::pass::Answer;
use crate::message::fault::PagingFault;
use crate::message::request::ListRequest;

/// One page and nothing else, with the care of a whole export.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Single {
    list: ListRequest,
    ended: bool,
}

impl Single {
    pub(crate) fn new(list: ListRequest) -> Self {
        Self { list, ended: false }
    }

    /// The page.
    pub(crate) fn list(&self) -> ListRequest {
        self.list
    }

    pub(crate) fn ended(&self) -> bool {
        self.ended
    }

    pub(crate) fn wanted(&self) -> Vec<Target> {
        if self.ended { Vec::new() } else { vec![Target { pass: 0, list: self.list }] }
    }

    /// Takes an answer; true if it was waited for.
    pub(crate) fn absorb(
        &mut self,
        target: Target,
        answer: &Answer,
        ledger: &mut Ledger,
    ) -> Result<bool, (ListRequest, PagingFault)> {
        if !self.wanted().contains(&target) {
            return Ok(false);
        }
        let entered = ledger.enter(target.pass, target.list, &answer.page);
        entered.map_err(|fault| (target.list, fault))?;
        self.ended = true;
        Ok(true)
    }
}
