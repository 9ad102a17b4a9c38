use serde::{Deserialize, Serialize};

use crate::export::seen::page_key::PageKey;
use crate::export::seen::pass_number::PassNumber;
use crate::export::seen::received_page::ReceivedPage;
use crate::export::seen::seen_segments::SeenSegments;
use crate::export::strategy::misfit::{Misfit, on};
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
        if self.ended {
            return Vec::new();
        }
        vec![PageKey { pass: PassNumber::FIRST, list: self.list }]
    }

    /// Takes the page.
    pub(crate) fn handle_page(
        &mut self,
        page_key: PageKey,
        response: &ReceivedPage,
        seen: &mut SeenSegments,
    ) -> Result<(), Misfit> {
        let PageKey { pass, list } = page_key;
        seen.record(pass, list, &response.page).map_err(on(list))?;
        self.ended = true;
        Ok(())
    }
}
