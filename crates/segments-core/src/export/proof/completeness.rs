use serde::{Deserialize, Serialize};

use crate::export::proof::claims::OrderBasis;
use crate::export::proof::count_proof::CountProof;
use crate::export::proof::neighbour_graph::{Gap, NeighbourGraph};
use crate::export::proof::positions::Positions;
use crate::export::seen::ids::make_room;
use crate::export::seen::received_page::ReceivedPage;
use crate::export::seen::seen_segments::{RecordedPage, SeenSegments};
use crate::export::seen::slot::Slot;
use crate::message::error::PagingError;
use crate::message::request::ListRequest;

/// What all answers together prove, however they were obtained.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct CompletenessProof {
    pub(crate) graph: NeighbourGraph,
    pub(crate) count_proof: CountProof,
    pub(crate) positions: Positions,
    /// Segments that the first ascending pass showed.
    walked: Vec<bool>,
}

/// What can be claimed about a list, and what cannot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Verdict {
    /// Every neighbour pair was seen side by side, and nothing contradicts it.
    Linked,
    /// The count is right, unless something was archived and restored meanwhile.
    Counted,
    /// Not yet.
    Open(Doubt),
}

/// Why completeness is not proven.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Doubt {
    /// There is no path from head to tail.
    Gaps,
    /// The pages show a list longer than what was seen by so many segments.
    Missing(u64),
    /// This page, of so many rows, was shorter than others although more followed.
    ShortPage(ListRequest, usize),
    /// A path leads from head to tail, and pages beside it are connected with neither.
    Unconnected,
    /// Answers show opposite orders: the server's order is not stable, or it is ignored.
    Contradicted,
}

impl CompletenessProof {
    /// Records a response among what was seen, and here.
    pub(crate) fn enter(
        &mut self,
        pass: u32,
        list: ListRequest,
        answer: &ReceivedPage,
        seen: &mut SeenSegments,
    ) -> Result<RecordedPage, PagingError> {
        let rows = seen.enter(pass, list, &answer.page)?;
        self.graph.enter(list, &rows.numbers);
        self.count_proof.enter(list, &rows.numbers, answer);
        let adjacent = |older, newer| self.graph.follows(older, newer);
        self.positions.enter(pass, list, &rows.numbers, adjacent);
        make_room(&mut self.walked, seen.ids.len());
        self.walked.resize(seen.ids.len(), false);
        Ok(rows)
    }

    /// The bytes that it takes.
    pub(crate) fn memory(&self) -> usize {
        self.graph.memory()
            + self.count_proof.memory()
            + self.positions.memory()
            + self.walked.capacity()
    }

    /// Whether all this is about the segments with numbers below `len`.
    pub(crate) fn fits(&self, len: usize) -> bool {
        self.graph.fits(len)
            && self.count_proof.fits(len)
            && self.positions.fits(len)
            && self.walked.len() == len
    }

    /// Notes that the first ascending pass showed these.
    pub(crate) fn walk(&mut self, numbers: &[u32]) {
        for number in numbers {
            self.walked[*number as usize] = true;
        }
    }

    /// What the answers so far prove, and the order that was found on the way.
    pub(crate) fn verify(&self, seen: &SeenSegments) -> (Verdict, Option<Vec<u32>>) {
        if self.graph.contradicted() {
            return (Verdict::Open(Doubt::Contradicted), None);
        }
        let missing = self.count_proof.missing(seen.longest);
        let linked = self.graph.closed() && missing == 0;
        let counted = self.counted(seen.longest);
        if !linked && !counted {
            let missing = Some(missing).filter(|missing| *missing > 0);
            return (Verdict::Open(missing.map_or(Doubt::Gaps, Doubt::Missing)), None);
        }
        // Last, because it looks at every segment.
        let Some(order) = self.order() else {
            return (Verdict::Open(Doubt::Contradicted), None);
        };
        let verdict = if linked && self.is_connected(&order) {
            Verdict::Linked
        } else if counted {
            Verdict::Counted
        } else {
            Verdict::Open(Doubt::Unconnected)
        };
        (verdict, Some(order))
    }

    /// Whether the answers show of all that this round has seen how it stands to the path. What no
    /// answer of the round shows any more is gone.
    fn is_connected(&self, order: &[u32]) -> bool {
        !self.graph.unconnected(order).any(|number| self.count_proof.in_round(number))
    }

    /// Whether the count proves what was listed at the anchor, for pages this long.
    pub(crate) fn counted(&self, page_size: usize) -> bool {
        self.count_proof.counted(page_size)
            && self
                .count_proof
                .end_to_show()
                .is_none_or(|(direction, last)| self.graph.is_end(direction, last))
    }

    pub(crate) fn gaps(&self) -> Vec<Gap> {
        self.order().map(|order| self.graph.gaps(&order)).unwrap_or_default()
    }

    /// All segments in an order that agrees with every answer, if there is one. Where none compares
    /// two of them, it is decided by where they stood last.
    pub(crate) fn order(&self) -> Option<Vec<u32>> {
        let order = self.positions.order(|older, newer| self.graph.follows(older, newer));
        let mut ranks: Vec<Option<Slot>> = vec![None; self.graph.len()];
        for (rank, number) in (0..).zip(&order) {
            ranks[*number as usize] = Slot::new(rank);
        }
        self.graph.order(|number| ranks[number as usize].map(Slot::get))
    }

    /// The list at the anchor, once that is counted, in an order that agrees with every answer, if there
    /// is one.
    pub(crate) fn listed_at_anchor(&self) -> Vec<u32> {
        let order = self.order().unwrap_or_else(|| self.positions.order(|_, _| false));
        order.into_iter().filter(|number| self.count_proof.at_anchor(*number)).collect()
    }

    /// What the order of these rests on, which is that of [`CompletenessProof::order`].
    pub(crate) fn order_basis(&self, order: &[u32]) -> OrderBasis {
        let adjacent = |older, newer| self.graph.follows(older, newer);
        if self.positions.agree(order, adjacent) { OrderBasis::Passes } else { OrderBasis::Guess }
    }

    /// How many of these the first ascending pass did not show.
    pub(crate) fn missed_by_first_pass(&self, list: &[u32]) -> u64 {
        let walked = |number: &&u32| self.walked.get(**number as usize).is_some_and(|is| *is);
        (list.len() - list.iter().filter(walked).count()) as u64
    }
}
