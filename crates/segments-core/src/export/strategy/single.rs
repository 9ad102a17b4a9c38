use serde::{Deserialize, Serialize};

use crate::export::seen::page_key::PageKey;
use crate::export::seen::received_page::ReceivedPage;
use crate::export::seen::seen_segments::SeenSegments;
use crate::message::error::PagingError;
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

    pub(crate) fn wanted(&self) -> Vec<PageKey> {
        if self.ended { Vec::new() } else { vec![PageKey { pass: 0, list: self.list }] }
    }

    /// Takes an answer; true if it was waited for.
    pub(crate) fn absorb(
        &mut self,
        page_key: PageKey,
        answer: &ReceivedPage,
        seen: &mut SeenSegments,
    ) -> Result<bool, (ListRequest, PagingError)> {
        if !self.wanted().contains(&page_key) {
            return Ok(false);
        }
        let entered = seen.enter(page_key.pass, page_key.list, &answer.page);
        entered.map_err(|fault| (page_key.list, fault))?;
        self.ended = true;
        Ok(true)
    }
}
