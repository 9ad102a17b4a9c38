use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::export::seen::seen_segments::RecordedPage;
use crate::message::digest;
use crate::message::error::PagingError;
use crate::message::request::ListRequest;

/// Notices a server that does not page: the same page again, or nothing new for several pages.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct StallGuard {
    /// Each page of this pass by a digest of its segments.
    pages: BTreeMap<u64, u32>,
    stale: u32,
    /// The page of this pass that had the same segments as the last one.
    #[serde(skip)]
    same_as: Option<u32>,
}

/// Pages in a row without anything new before a pass is given up.
const MAX_STALE: u32 = 3;

impl StallGuard {
    /// The earlier page of this pass that had the same segments as the last one, in the same order.
    pub(crate) fn same_as(&self) -> Option<u32> {
        self.same_as
    }

    /// Looks at the next page of a pass.
    pub(crate) fn check(
        &mut self,
        list: ListRequest,
        recorded: &RecordedPage,
    ) -> Result<(), PagingError> {
        self.same_as = None;
        if recorded.rows.is_empty() {
            return Ok(());
        }

        let numbers = recorded.rows.iter().map(|segment| segment.0);
        let same_as = self.pages.insert(digest::of_numbers(numbers), list.page);
        self.same_as = same_as;
        if recorded.new_in_pass > 0 {
            self.stale = 0;
            return Ok(());
        }

        if let Some(page) = same_as {
            return Err(PagingError::RepeatedPage { of: ListRequest { page, ..list } });
        }
        self.stale = self.stale.saturating_add(1);
        if self.stale >= MAX_STALE {
            return Err(PagingError::NoProgress { pages: self.stale });
        }
        Ok(())
    }
}
