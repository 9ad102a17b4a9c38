use serde::{Deserialize, Serialize};

use crate::export::proof::count_proof::CountProof;
use crate::export::proof::neighbour_graph::{Gap, NeighbourGraph};
use crate::export::proof::positions::Positions;
use crate::export::proof::runs::Runs;
use crate::export::seen::pass_number::PassNumber;
use crate::export::seen::received_page::ReceivedPage;
use crate::export::seen::reserve::reserve_to;
use crate::export::seen::seen_segments::{RecordedPage, SeenSegments};
use crate::export::seen::segment_index::SegmentIndex;
use crate::export::seen::slot::Slot;
use crate::message::error::PagingError;
use crate::message::request::ListRequest;

/// What all pages have shown, however they were obtained. What it proves is decided in
/// [`claims`](crate::export::proof::claims).
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Evidence {
    pub(crate) graph: NeighbourGraph,
    pub(crate) count_proof: CountProof,
    pub(crate) positions: Positions,
    /// Of each segment whether the first ascending pass has shown it.
    in_first_pass: Vec<bool>,
}

impl Evidence {
    /// Records a page among what was seen, and here.
    pub(crate) fn record(
        &mut self,
        pass: PassNumber,
        list: ListRequest,
        response: &ReceivedPage,
        seen: &mut SeenSegments,
    ) -> Result<RecordedPage, PagingError> {
        let recorded = seen.record(pass, list, &response.page)?;

        let rows = Runs::from(recorded.rows.as_slice());

        self.graph.extend_to(seen.ids.len());
        self.graph.record(list, &recorded.rows);
        self.count_proof.record(list, &rows, response);
        let adjacent = |older, newer| self.graph.follows(older, newer);
        self.positions.record(pass, list, &rows, adjacent);

        reserve_to(&mut self.in_first_pass, seen.ids.len());
        self.in_first_pass.resize(seen.ids.len(), false);
        Ok(recorded)
    }

    /// Records that the first ascending pass has shown these.
    pub(crate) fn record_first_pass(&mut self, rows: &[SegmentIndex]) {
        for segment in rows {
            self.in_first_pass[segment.get()] = true;
        }
    }

    /// How many of these the first ascending pass did not show.
    pub(crate) fn missed_by_first_pass(&self, list: &Runs) -> u64 {
        let shown = list.runs().flat_map(|run| &self.in_first_pass[run.range()]);
        shown.filter(|shown| !**shown).count() as u64
    }

    /// All segments in an order that agrees with every page, if there is one. Where none compares
    /// two of them, it is decided by where they stood last.
    pub(crate) fn order(&self) -> Option<Runs> {
        let order = self.positions.order(|older, newer| self.graph.follows(older, newer));

        // Then the graph would give the same, because the next by rank is always free.
        if order.len() == self.graph.len() && self.graph.agrees_with(&order) {
            return Some(order);
        }

        let mut ranks: Vec<Option<Slot>> = vec![None; self.graph.len()];
        for (rank, segment) in (0..).zip(order.iter()) {
            ranks[segment.get()] = Slot::new(rank);
        }
        let order = self.graph.order(|segment| ranks[segment.get()].map(Slot::get))?;
        Some(Runs::from(order.as_slice()))
    }

    /// All segments as they stood last, whatever a page may say against it.
    pub(crate) fn order_as_read(&self) -> Runs {
        self.positions.order(|_, _| false)
    }

    /// The list at the anchor, once that is counted, in an order that agrees with every page if
    /// there is one.
    pub(crate) fn listed_at_anchor(&self) -> Runs {
        self.at_anchor(&self.order().unwrap_or_else(|| self.order_as_read()))
    }

    /// Those of these that are of the list at the anchor, once that is counted.
    pub(crate) fn at_anchor(&self, order: &Runs) -> Runs {
        let mut listed = order.to_vec();
        listed.retain(|segment| self.count_proof.at_anchor(*segment));
        Runs::from(listed.as_slice())
    }

    /// Where no page shows two neighbours side by side.
    pub(crate) fn gaps(&self) -> Vec<Gap> {
        self.order().map(|order| self.graph.gaps(&order)).unwrap_or_default()
    }

    /// The bytes that it takes.
    pub(crate) fn memory(&self) -> usize {
        self.graph.memory()
            + self.count_proof.memory()
            + self.positions.memory()
            + self.in_first_pass.capacity()
    }

    /// Whether all this is about the first `len` segments.
    pub(crate) fn fits(&self, len: usize) -> bool {
        self.graph.fits(len)
            && self.count_proof.fits(len)
            && self.positions.fits(len)
            && self.in_first_pass.len() == len
    }
}
