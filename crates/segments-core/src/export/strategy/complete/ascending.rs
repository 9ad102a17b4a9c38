use super::{Complete, Stage};
use crate::export::proof::claims;
use crate::export::seen::anomaly::Anomaly;
use crate::export::seen::page_key::PageKey;
use crate::export::seen::pass_number::PassNumber;
use crate::export::seen::received_page::ReceivedPage;
use crate::export::seen::seen_segments::{RecordedPage, SeenSegments};
use crate::export::strategy::misfit::{Misfit, on};
use crate::export::strategy::page_lengths::PageLengths;
use crate::export::strategy::pass::Pass;
use crate::export::strategy::stall_guard::StallGuard;
use crate::message::error::PagingError;
use crate::message::request::{ListRequest, SortDirection};

/// The ascending pass, and the page at its end.
impl Complete {
    /// Records the next page of the ascending pass.
    pub(super) fn record_ascending(
        &mut self,
        list: ListRequest,
        response: &ReceivedPage,
        seen: &mut SeenSegments,
    ) -> Result<RecordedPage, Misfit> {
        let pass = self.ascending.number();
        let recorded = self.record(pass, list, response, seen)?;
        if pass == PassNumber::FIRST {
            self.evidence.record_first_pass(&recorded.rows);
        }

        if list.page == 0 {
            self.oldest = recorded.rows.first().copied();
            self.newest = None;
            self.lengths = PageLengths::default();
        }
        self.newest = recorded.rows.last().copied().or(self.newest);

        let before = self.lengths.record(list.page, recorded.rows.len());
        if let Some((page, rows)) = before.filter(|(_, rows)| *rows < seen.longest) {
            let request = ListRequest { page, ..list };
            seen.anomalies.add(Anomaly::ShortPage { request, rows });
        }
        Ok(recorded)
    }

    pub(super) fn read_ascending(
        &mut self,
        list: ListRequest,
        response: &ReceivedPage,
        seen: &mut SeenSegments,
    ) -> Result<(), Misfit> {
        let rows = self.record_ascending(list, response, seen)?.rows.len();
        if self.evidence.graph.is_contradicted() {
            return self.end_contradicted(list, seen);
        }

        let is_empty = rows == 0;
        // The first round turns round at a short page. Should more have followed, the graph does not
        // close, and the later rounds read to an empty one.
        let is_short = rows < seen.longest && self.round == 0;
        // Behind page 0 nothing is expected, and always looked for.
        let is_end = (is_empty || is_short) && list.page > 0;
        if !is_end || self.ascending.has_rows_ahead() {
            return Ok(());
        }

        self.last_page = list.page;
        self.stall_guard = StallGuard::default();
        let seems_empty = self.newest.is_none() && self.descending_is_empty;
        if seems_empty {
            self.ask_again();
            return Ok(());
        }
        self.verify(seen)?;

        // Only where the last page is full is there a boundary that no page can show.
        let ends_on_boundary = is_empty && self.newest.is_some();
        let is_anchor = claims::can_be_anchor(&self.evidence, response, seen.longest);
        if ends_on_boundary && !is_anchor {
            self.stage = Stage::Anchor;
            self.next_pass();
            return Ok(());
        }
        if ends_on_boundary {
            self.evidence.count_proof.set_anchor(list, &[], response, self.newest);
        }

        // Where there is a path already and no proof, the ends have to be looked at anew.
        let has_path = self.evidence.graph.is_closed();
        self.descend(is_empty || self.descending_is_empty || has_path);
        Ok(())
    }

    /// Ends because pages contradict each other's order.
    fn end_contradicted(&mut self, list: ListRequest, seen: &SeenSegments) -> Result<(), Misfit> {
        // If page 1 is page 0 in another order, then not only the order is ignored, but the query.
        if let Some(page) = self.stall_guard.same_as() {
            let of = ListRequest { page, ..list };
            return Err((list, PagingError::RepeatedPage { of }));
        }
        self.end(seen);
        Ok(())
    }

    /// Asks for page 0 again, of a list that seems to be empty.
    pub(super) fn ask_again(&mut self) {
        self.stage = Stage::Again;
        self.pause = true;
        self.ascending = Pass::new(self.next_pass(), SortDirection::Asc);
    }

    pub(super) fn read_again(
        &mut self,
        list: ListRequest,
        response: &ReceivedPage,
        seen: &mut SeenSegments,
    ) -> Result<(), Misfit> {
        let recorded = self.record_ascending(list, response, seen)?;
        if claims::confirm_empty_list(&mut self.evidence, &recorded.rows) {
            return self.verify(seen);
        }

        self.stage = Stage::Ascending;
        if self.round == 0 {
            self.stage = Stage::Ends;
            self.descending = Pass::new(self.next_pass(), SortDirection::Desc);
        }
        Ok(())
    }

    pub(super) fn read_anchor(
        &mut self,
        page_key: PageKey,
        response: &ReceivedPage,
        seen: &mut SeenSegments,
    ) -> Result<(), Misfit> {
        let PageKey { pass, list } = page_key;
        let recorded = self.evidence.record(pass, list, response, seen).map_err(on(list))?;

        // Rows where the end was: the list has grown, and the graph will do.
        let is_empty = recorded.rows.is_empty();
        if is_empty && claims::can_be_anchor(&self.evidence, response, seen.longest) {
            self.evidence.count_proof.set_anchor(list, &[], response, self.newest);
        }
        self.descend(true);
        Ok(())
    }
}
