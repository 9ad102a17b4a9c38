use super::{End, Snapshot};
use crate::export::proof::{claims, refusal};
use crate::export::seen::page_key::PageKey;
use crate::export::seen::received_page::ReceivedPage;
use crate::export::seen::seen_segments::SeenSegments;
use crate::export::seen::segment_index::SegmentIndex;
use crate::export::strategy::page_lengths::PageLengths;
use crate::export::strategy::pass::Pass;
use crate::export::strategy::stall_guard::StallGuard;
use crate::message::error::PagingError;
use crate::message::request::{ListRequest, SortDirection};

/// The end of a pass, its last page read alone, and the next pass.
impl Snapshot {
    /// Ends the pass with this page, behind which there is nothing.
    pub(super) fn end_pass(&mut self, end: End, seen: &SeenSegments) {
        if let Some(strength) = claims::atomic_strength(self.passes == 1, end.page, end.rows) {
            self.as_of = Some(end.during);
            self.result = Some(Ok(strength));
            return;
        }

        if end.is_anchor {
            self.as_of = Some(end.during);
            self.next_pass(true, seen);
        } else {
            self.last_page = Some(end.page);
            self.latest_pass = self.latest_pass.next();
        }
    }

    pub(super) fn read_anchor(
        &mut self,
        page_key: PageKey,
        response: &ReceivedPage,
        seen: &mut SeenSegments,
    ) -> Result<(), PagingError> {
        let PageKey { pass, list } = page_key;
        let recorded = self.evidence.record(pass, list, response, seen)?;
        self.last_page = None;

        // An empty page is believed for what its pass has shown last, which would be gone with it.
        let was_emptied = recorded.rows.is_empty() && self.has_rows_of(list);
        let page_length = self.page_length(seen);
        if claims::can_be_anchor(&self.evidence, response, page_length) && !was_emptied {
            self.set_anchor(list, &recorded.rows, response);
            self.as_of = Some(response.during);
        } else {
            self.evidence.count_proof.clear_anchor();
        }

        // If the page is not what ended the pass, it has changed since, and the pass is not clean.
        let ends_with_anchor = self.current.ends_with(&recorded.rows);
        self.next_pass(ends_with_anchor, seen);
        Ok(())
    }

    /// Whether what this pass has shown last stood on this page.
    fn has_rows_of(&self, list: ListRequest) -> bool {
        let shown_last = self.current.last();
        let pages = shown_last.map(|segment| self.evidence.count_proof.pages_of(*segment));
        let (ascending, descending) = pages.unwrap_or_default();
        let page = match self.pass.direction() {
            SortDirection::Asc => ascending,
            SortDirection::Desc => descending,
        };
        page == Some(list.page)
    }

    /// Begins the next pass, if there may be one. `has_anchor` says whether this one ends with the
    /// anchor.
    fn next_pass(&mut self, has_anchor: bool, seen: &SeenSegments) {
        if self.passes >= self.max_passes {
            let cut_page = self.lengths.short(seen.longest);
            let cut_page = cut_page.map(|(page, rows)| (self.pass.page_key(page).list, rows));
            let passes = self.passes;
            let why = refusal::why_no_snapshot(&self.evidence, seen.longest, cut_page, passes);
            self.result = Some(Err(why));
            return;
        }

        // A list that seems to be empty is asked again after a moment.
        self.pause = self.current.is_empty();
        self.before_has_anchor = has_anchor;
        self.before = self.oldest_first();
        self.begin_pass();
    }

    pub(super) fn begin_pass(&mut self) {
        self.current.clear();
        self.edited.clear();
        self.end = None;
        self.lengths = PageLengths::default();
        self.stall_guard = StallGuard::default();

        self.passes = self.passes.saturating_add(1);
        self.latest_pass = self.latest_pass.next();
        let direction = match self.pass.direction() {
            SortDirection::Asc => SortDirection::Desc,
            SortDirection::Desc => SortDirection::Asc,
        };
        self.pass = Pass::new(self.latest_pass, direction);
    }

    /// This pass, oldest first.
    fn oldest_first(&self) -> Vec<SegmentIndex> {
        let mut segments = self.current.clone();
        if self.pass.direction() == SortDirection::Desc {
            segments.reverse();
        }
        segments
    }
}
