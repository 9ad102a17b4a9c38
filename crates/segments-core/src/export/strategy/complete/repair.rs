use super::{Complete, Repair, Stage};
use crate::export::seen::page_key::PageKey;
use crate::export::seen::received_page::ReceivedPage;
use crate::export::seen::seen_segments::SeenSegments;
use crate::export::seen::segment_index::SegmentIndex;
use crate::export::strategy::misfit::{Misfit, on};
use crate::export::strategy::pass::Pass;
use crate::export::strategy::stall_guard::StallGuard;
use crate::message::request::{ListRequest, SortDirection};

/// Single reads of one round. Each costs a look at every segment, and where there are more gaps a
/// whole round mends them at less.
const MAX_REPAIRS: u32 = 64;

/// What is read when both passes have left a gap.
impl Complete {
    pub(super) fn begin_repair(&mut self, seen: &SeenSegments) {
        self.stage = Stage::Repair;
        self.stall_guard = StallGuard::default();
        self.next_pass();
        self.repair = Repair { reads_left: MAX_REPAIRS, ..Repair::default() };
        self.plan_repair(seen);
    }

    pub(super) fn read_repair(
        &mut self,
        page_key: PageKey,
        response: &ReceivedPage,
        seen: &mut SeenSegments,
    ) -> Result<(), Misfit> {
        let PageKey { pass, list } = page_key;
        self.evidence.record(pass, list, response, seen).map_err(on(list))?;

        self.repair.pages.pop();
        self.next_pass();
        self.repair.reads_left = self.repair.reads_left.saturating_sub(1);

        self.verify(seen)?;
        if self.result.is_none() {
            self.plan_repair(seen);
        }
        Ok(())
    }

    /// Chooses the pages around the place where the path from the head ends, if it has moved.
    fn plan_repair(&mut self, seen: &SeenSegments) {
        let Some(order) = self.evidence.order() else { return self.end(seen) };
        let frontier = self.evidence.graph.frontier(&order);

        if self.evidence.graph.is_closed() {
            // What is connected with no end may have come before it or behind it meanwhile.
            let ends_were_read = std::mem::replace(&mut self.repair.ends_were_read, true);
            if !ends_were_read {
                let page_0 = |direction| ListRequest::page(0).sort(direction);
                self.repair.pages = [SortDirection::Desc, SortDirection::Asc].map(page_0).to_vec();
            }
        } else if frontier != self.repair.frontier {
            self.repair.frontier = frontier;
            self.repair.pages = frontier.map_or_else(Vec::new, |segment| self.around(segment));
        }

        if self.repair.pages.is_empty() || self.repair.reads_left == 0 {
            self.next_round(seen);
        }
    }

    /// The pages on which a segment's newer neighbour can stand, the likeliest last: where it was
    /// seen itself, from where archiving moves it to the page before, and restoring to the next.
    ///
    /// Ascending ones alone: those of the other order cost more requests than they spare.
    fn around(&self, segment: SegmentIndex) -> Vec<ListRequest> {
        let (page, _) = self.evidence.count_proof.pages_of(segment);
        let Some(page) = page else { return Vec::new() };

        let pages = [1, -1, 0].into_iter().filter_map(|offset| page.checked_add_signed(offset));
        pages.map(|page| ListRequest::page(page).sort(SortDirection::Asc)).collect()
    }

    fn next_round(&mut self, seen: &SeenSegments) {
        let passes_left = self.max_passes.saturating_sub(self.passes);
        if passes_left < 2 {
            return self.end(seen);
        }

        self.round = self.round.saturating_add(1);
        self.passes = self.passes.saturating_add(2);
        self.evidence.count_proof.next_round();

        self.descending_is_empty = false;
        self.ascending = Pass::new(self.next_pass(), SortDirection::Asc);
        self.stall_guard = StallGuard::default();
        self.stage = Stage::Ascending;
    }
}
