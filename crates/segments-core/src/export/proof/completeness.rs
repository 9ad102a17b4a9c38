use serde::{Deserialize, Serialize};

use crate::export::proof::count_proof::Sightings;
use crate::export::proof::neighbour_graph::{Gap, Links};
use crate::export::proof::positions::Positions;
use crate::export::report::OrderBasis;
use crate::export::seen::ids::make_room;
use crate::export::seen::seen_segments::{Ledger, Rows};
use crate::export::seen::slot::Slot;
use crate::export::strategy::pass::Answer;
use crate::message::fault::PagingFault;
use crate::message::request::ListRequest;

/// What all answers together prove, however they were obtained.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Survey {
    pub(crate) links: Links,
    pub(crate) sightings: Sightings,
    pub(crate) positions: Positions,
    /// Segments that the first ascending pass showed.
    walked: Vec<bool>,
}

/// What can be claimed about a list, and what cannot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Judgement {
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

impl Survey {
    /// Enters an answer in the ledger and here.
    pub(crate) fn enter(
        &mut self,
        pass: u32,
        list: ListRequest,
        answer: &Answer,
        ledger: &mut Ledger,
    ) -> Result<Rows, PagingFault> {
        let rows = ledger.enter(pass, list, &answer.page)?;
        self.links.enter(list, &rows.numbers);
        self.sightings.enter(list, &rows.numbers, answer);
        let adjacent = |older, newer| self.links.follows(older, newer);
        self.positions.enter(pass, list, &rows.numbers, adjacent);
        make_room(&mut self.walked, ledger.ids.len());
        self.walked.resize(ledger.ids.len(), false);
        Ok(rows)
    }

    /// The bytes that it takes.
    pub(crate) fn memory(&self) -> usize {
        self.links.memory()
            + self.sightings.memory()
            + self.positions.memory()
            + self.walked.capacity()
    }

    /// Whether all this is about the segments with numbers below `len`.
    pub(crate) fn fits(&self, len: usize) -> bool {
        self.links.fits(len)
            && self.sightings.fits(len)
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
    pub(crate) fn judge(&self, ledger: &Ledger) -> (Judgement, Option<Vec<u32>>) {
        if self.links.contradicted() {
            return (Judgement::Open(Doubt::Contradicted), None);
        }
        let missing = self.sightings.missing(ledger.longest);
        let linked = self.links.closed() && missing == 0;
        let counted = self.counted(ledger.longest);
        if !linked && !counted {
            let missing = Some(missing).filter(|missing| *missing > 0);
            return (Judgement::Open(missing.map_or(Doubt::Gaps, Doubt::Missing)), None);
        }
        // Last, because it looks at every segment.
        let Some(order) = self.order() else {
            return (Judgement::Open(Doubt::Contradicted), None);
        };
        let judgement = if linked && self.is_connected(&order) {
            Judgement::Linked
        } else if counted {
            Judgement::Counted
        } else {
            Judgement::Open(Doubt::Unconnected)
        };
        (judgement, Some(order))
    }

    /// Whether the answers show of all that this round has seen how it stands to the path. What no
    /// answer of the round shows any more is gone.
    fn is_connected(&self, order: &[u32]) -> bool {
        !self.links.unconnected(order).any(|number| self.sightings.in_round(number))
    }

    /// Whether the count proves what was listed at the pin, for pages this long.
    pub(crate) fn counted(&self, page_size: usize) -> bool {
        self.sightings.counted(page_size)
            && self
                .sightings
                .end_to_show()
                .is_none_or(|(direction, last)| self.links.is_end(direction, last))
    }

    pub(crate) fn gaps(&self) -> Vec<Gap> {
        self.order().map(|order| self.links.gaps(&order)).unwrap_or_default()
    }

    /// All segments in an order that agrees with every answer, if there is one. Where none compares
    /// two of them, it is decided by where they stood last.
    pub(crate) fn order(&self) -> Option<Vec<u32>> {
        let order = self.positions.order(|older, newer| self.links.follows(older, newer));
        let mut ranks: Vec<Option<Slot>> = vec![None; self.links.len()];
        for (rank, number) in (0..).zip(&order) {
            ranks[*number as usize] = Slot::new(rank);
        }
        self.links.order(|number| ranks[number as usize].map(Slot::get))
    }

    /// The list at the pin, once that is counted, in an order that agrees with every answer, if there
    /// is one.
    pub(crate) fn listed_at_pin(&self) -> Vec<u32> {
        let order = self.order().unwrap_or_else(|| self.positions.order(|_, _| false));
        order.into_iter().filter(|number| self.sightings.at_pin(*number)).collect()
    }

    /// What the order of these rests on, which is that of [`Survey::order`].
    pub(crate) fn order_basis(&self, order: &[u32]) -> OrderBasis {
        let adjacent = |older, newer| self.links.follows(older, newer);
        if self.positions.agree(order, adjacent) { OrderBasis::Passes } else { OrderBasis::Guess }
    }

    /// How many of these the first ascending pass did not show.
    pub(crate) fn late(&self, list: &[u32]) -> u64 {
        let walked = |number: &&u32| self.walked.get(**number as usize).is_some_and(|is| *is);
        (list.len() - list.iter().filter(walked).count()) as u64
    }
}
