use serde::{Deserialize, Serialize};

use crate::export::seen::ids::make_room;
use crate::export::seen::received_page::ReceivedPage;
use crate::export::seen::slot::Slot;
use crate::message::request::{ListRequest, SortDirection};

/// When each segment was seen, in numbers of answers, and the count that goes with it.
///
/// The counting certificate: at the moment T of one answer (the *anchor*, the last page of the list)
/// the list was not longer than that page shows. A segment with one sighting before T and one
/// after was listed at T, unless somebody archived it before T and restored it after. If those are
/// as many as the list was long at most, they are the list at T.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct CountProof {
    seen: Vec<Sighting>,
    anchor: Option<Anchor>,
    round: u32,
    /// The number of the last answer that was entered.
    latest: u32,
    /// How many segments were seen in this round.
    in_round: u64,
    /// The largest (page, rows) of an ascending page with rows: so long the list was at least.
    floor: Option<(u32, usize)>,
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
struct Sighting {
    /// The number of the first answer that showed it.
    first_received: u32,
    /// The latest number at which an answer that showed it was asked for.
    last_asked: u32,
    /// The page of the last ascending and the last descending answer that showed it.
    pages: (Option<Slot>, Option<Slot>),
    round: u32,
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
struct Anchor {
    asked: u32,
    received: u32,
    page: u32,
    rows: u32,
    count: u64,
    direction: SortDirection,
    /// What its pass has shown last.
    end: Option<u32>,
}

impl CountProof {
    /// Enters an answer.
    pub(crate) fn enter(&mut self, list: ListRequest, numbers: &[u32], answer: &ReceivedPage) {
        let ReceivedPage { asked, received, .. } = *answer;
        self.latest = self.latest.max(received);
        for number in numbers {
            let index = *number as usize;
            if index >= self.seen.len() {
                let (first_received, last_asked, round) = (received, asked, self.round);
                let new = Sighting { first_received, last_asked, pages: (None, None), round };
                make_room(&mut self.seen, index + 1);
                self.seen.resize(index + 1, new);
                self.in_round = self.in_round.saturating_add(1);
            }
            let sighting = &mut self.seen[index];
            if let Some(anchor) = &mut self.anchor {
                let counted = sighting.last_asked >= anchor.received;
                if !counted && asked >= anchor.received && sighting.first_received <= anchor.asked {
                    anchor.count = anchor.count.saturating_add(1);
                }
            }
            sighting.last_asked = sighting.last_asked.max(asked);
            match list.sort_direction.unwrap_or_default() {
                SortDirection::Asc => sighting.pages.0 = Slot::new(list.page),
                SortDirection::Desc => sighting.pages.1 = Slot::new(list.page),
            }
            if std::mem::replace(&mut sighting.round, self.round) != self.round {
                self.in_round = self.in_round.saturating_add(1);
            }
        }
        let ascending = list.sort_direction != Some(SortDirection::Desc);
        if ascending && !numbers.is_empty() {
            self.floor = self.floor.max(Some((list.page, numbers.len())));
        }
    }

    /// Takes the answer that was just entered, the last page of the list, for the anchor. `end` is
    /// what its pass has shown last.
    pub(crate) fn set_anchor(
        &mut self,
        list: ListRequest,
        numbers: &[u32],
        answer: &ReceivedPage,
        end: Option<u32>,
    ) {
        let ReceivedPage { asked, received, .. } = *answer;
        for number in numbers {
            // Seen at T itself: neither counted again nor in need of another sighting.
            self.seen[*number as usize].last_asked = received;
        }
        // A page is under 4 GiB of text, so its rows fit in 32 bits.
        let rows = u32::try_from(numbers.len()).unwrap_or(u32::MAX);
        let (page, direction) = (list.page, list.sort_direction.unwrap_or_default());
        let count = u64::from(rows);
        self.anchor = Some(Anchor { asked, received, page, rows, count, direction, end });
    }

    /// In which direction the anchor was read.
    pub(crate) fn anchored_in(&self) -> Option<SortDirection> {
        self.anchor.map(|anchor| anchor.direction)
    }

    /// What must be the last segment in this direction, if the anchor tells no lie: an empty page
    /// shows no end by itself.
    pub(crate) fn end_to_show(&self) -> Option<(SortDirection, Option<u32>)> {
        self.anchor.filter(|anchor| anchor.rows == 0).map(|anchor| (anchor.direction, anchor.end))
    }

    /// Whether a segment was seen in this round.
    pub(crate) fn in_round(&self, number: u32) -> bool {
        self.seen[number as usize].round == self.round
    }

    /// Whether a segment is of the list at the anchor, once that is counted.
    pub(crate) fn at_anchor(&self, number: u32) -> bool {
        let sighting = &self.seen[number as usize];
        self.anchor.is_some_and(|anchor| {
            sighting.first_received <= anchor.received && sighting.last_asked >= anchor.received
        })
    }

    /// Whether the answer that was just entered can be the anchor: no other came while it was under
    /// way, and none after it that was read before. Then everything seen so far was seen before it,
    /// with the attributes of that time.
    pub(crate) fn is_alone(&self, answer: &ReceivedPage) -> bool {
        answer.received == answer.asked.saturating_add(1) && answer.received == self.latest
    }

    pub(crate) fn is_anchored(&self) -> bool {
        self.anchor.is_some()
    }

    /// The bytes that it takes.
    pub(crate) fn memory(&self) -> usize {
        self.seen.capacity() * size_of::<Sighting>()
    }

    /// Whether all this is about the segments with numbers below `len`, each of which was seen.
    pub(crate) fn fits(&self, len: usize) -> bool {
        let end = self.anchor.and_then(|anchor| anchor.end);
        self.seen.len() == len && end.is_none_or(|end| (end as usize) < len)
    }

    pub(crate) fn clear_anchor(&mut self) {
        self.anchor = None;
    }

    /// Whether the count proves that everything listed at the anchor was seen, for pages this long.
    pub(crate) fn counted(&self, page_size: usize) -> bool {
        self.anchor.is_some_and(|anchor| {
            let full = u64::from(anchor.page).saturating_mul(page_size as u64);
            anchor.count == full.saturating_add(u64::from(anchor.rows))
        })
    }

    /// How many segments were certainly listed and never seen in this round, for pages this long.
    ///
    /// Only an unstable order, or edits, can hide one; the graph alone would not notice the former.
    pub(crate) fn missing(&self, page_size: usize) -> u64 {
        // Page 0 proves no length beyond its own rows, which were all seen.
        let floor = self.floor.filter(|(page, _)| *page > 0);
        let least = floor.map_or(0, |(page, rows)| {
            u64::from(page).saturating_mul(page_size as u64).saturating_add(rows as u64)
        });
        least.saturating_sub(self.in_round)
    }

    /// Begins to count anew.
    pub(crate) fn next_round(&mut self) {
        self.round = self.round.saturating_add(1);
        self.in_round = 0;
        self.floor = None;
        self.anchor = None;
    }

    /// The pages on which a segment was seen last, ascending and descending.
    pub(crate) fn pages_of(&self, number: u32) -> (Option<u32>, Option<u32>) {
        let (asc, desc) = self.seen[number as usize].pages;
        (asc.map(Slot::get), desc.map(Slot::get))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::export::seen::interval::Interval;
    use crate::message::response::Page;

    fn answer(asked: u32) -> ReceivedPage {
        let during = Interval::of_answer(Duration::ZERO, Duration::ZERO, Duration::ZERO, None);
        let page = Page::from_iter([]);
        ReceivedPage { page, asked, received: asked + 1, during }
    }

    fn count_proof(count: u32, end: Option<u32>) -> CountProof {
        let numbers: Vec<u32> = (0..count).collect();
        let mut count_proof = CountProof::default();
        count_proof.enter(ListRequest::page(0), &numbers, &answer(0));
        count_proof.set_anchor(ListRequest::page(1), &[], &answer(1), end);
        count_proof
    }

    #[test]
    fn only_numbers_that_are_known_fit() {
        let good = count_proof(3, Some(2));
        assert!(good.fits(3) && !good.fits(4) && !good.fits(2));
        assert!(count_proof(3, None).fits(3));
        assert!(!count_proof(3, Some(3)).fits(3));
    }

    #[test]
    fn a_round_counts_anew() {
        let mut count_proof = count_proof(2, None);
        count_proof.enter(ListRequest::page(1), &[2, 3], &answer(2));
        assert_eq!((count_proof.missing(2), count_proof.is_anchored()), (0, true));
        count_proof.next_round();
        assert_eq!((count_proof.missing(2), count_proof.is_anchored()), (0, false));
        count_proof.enter(ListRequest::page(1), &[2, 3], &answer(3));
        assert_eq!(count_proof.missing(2), 2, "two were on page 0, and are not seen again");
    }

    #[test]
    fn memory_goes_by_segments() {
        let each = count_proof(1000, None).memory() / size_of::<Sighting>();
        assert!((1000..1500).contains(&each), "{each}");
    }
}
