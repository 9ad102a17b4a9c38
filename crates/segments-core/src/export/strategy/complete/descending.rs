use super::{Complete, Stage};
use crate::export::seen::received_page::ReceivedPage;
use crate::export::seen::seen_segments::SeenSegments;
use crate::export::strategy::misfit::{Misfit, on};
use crate::export::strategy::pass::Pass;
use crate::export::strategy::stall_guard::StallGuard;
use crate::message::request::{ListRequest, SortDirection};

/// The descending pass.
impl Complete {
    /// Reads page 0 of the descending order, after that of the other.
    pub(super) fn read_newest(
        &mut self,
        list: ListRequest,
        response: &ReceivedPage,
        seen: &mut SeenSegments,
    ) -> Result<(), Misfit> {
        let pass = self.descending.number();
        let recorded = self.evidence.record(pass, list, response, seen).map_err(on(list))?;
        self.descending_is_empty = recorded.rows.is_empty();
        self.stage = Stage::Ascending;
        Ok(())
    }

    /// Continues the descending pass; from page 0 if it must show everything once more.
    pub(super) fn descend(&mut self, from_page_0: bool) {
        self.stage = Stage::Descending;
        if from_page_0 {
            self.descending = Pass::new(self.next_pass(), SortDirection::Desc);
        }
    }

    pub(super) fn read_descending(
        &mut self,
        list: ListRequest,
        response: &ReceivedPage,
        seen: &mut SeenSegments,
    ) -> Result<(), Misfit> {
        let recorded = self.record(self.descending.number(), list, response, seen)?;

        if list.page == 0 {
            self.descending_is_empty = recorded.rows.is_empty();
            let seems_empty = self.newest.is_none() && self.descending_is_empty;
            if seems_empty && !self.descending.has_rows_ahead() {
                self.stall_guard = StallGuard::default();
                self.ask_again();
                return Ok(());
            }
        }
        self.verify(seen)?;

        let is_end = recorded.rows.is_empty() || recorded.rows.last().copied() == self.oldest;
        if self.result.is_none() && is_end {
            self.record_early(seen)?;
            self.begin_repair(seen);
        }
        Ok(())
    }
}
