use serde::{Deserialize, Serialize};

use crate::export::proof::runs::Runs;
use crate::export::proof::sightings::{Sighting, Sightings};
use crate::export::seen::received_page::ReceivedPage;
use crate::export::seen::response_number::ResponseNumber;
use crate::export::seen::segment_index::SegmentIndex;
use crate::export::seen::slot::Slot;
use crate::message::request::{ListRequest, SortDirection};

/// When each segment was seen, and how long the list was: the evidence of theorem 2 (count).
///
/// The *anchor* is the last page of the list, whose response bounds the length at a moment T.
/// Counted is how many segments were seen both before T and after.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct CountProof {
    sightings: Sightings,
    anchor: Option<Anchor>,
    round: u32,
    /// The last response that was recorded.
    latest: ResponseNumber,
    /// How many segments were seen in this round.
    in_round: u64,
    /// The largest (page, rows) of an ascending page with rows: so long the list was at least.
    floor: Option<(u32, usize)>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Anchor {
    asked: ResponseNumber,
    received: ResponseNumber,
    list: ListRequest,
    rows: Vec<SegmentIndex>,
    count: u64,
    /// What its pass has shown last.
    end: Option<SegmentIndex>,
}

impl CountProof {
    /// Records the segments of a page.
    pub(crate) fn record(&mut self, list: ListRequest, rows: &Runs, response: &ReceivedPage) {
        let ReceivedPage { asked, received, .. } = *response;
        self.latest = self.latest.max(received);
        self.begin_sightings(rows, response);

        let Self { sightings, anchor, round, in_round, .. } = self;
        sightings.change(rows, |sighting, count| {
            if let Some(anchor) = anchor {
                let seen_before = sighting.first_received <= anchor.asked;
                let seen_after = asked >= anchor.received;
                let is_counted = sighting.last_asked >= anchor.received;
                if seen_before && seen_after && !is_counted {
                    anchor.count = anchor.count.saturating_add(count as u64);
                }
            }

            sighting.last_asked = sighting.last_asked.max(asked);
            match list.sort_direction.unwrap_or_default() {
                SortDirection::Asc => sighting.pages.0 = Slot::new(list.page),
                SortDirection::Desc => sighting.pages.1 = Slot::new(list.page),
            }
            if std::mem::replace(&mut sighting.round, *round) != *round {
                *in_round = in_round.saturating_add(count as u64);
            }
        });

        let is_ascending = list.sort_direction != Some(SortDirection::Desc);
        if is_ascending && !rows.is_empty() {
            self.floor = self.floor.max(Some((list.page, rows.len())));
        }
    }

    /// Makes a sighting for each new segment of a page: those with the highest numbers.
    fn begin_sightings(&mut self, rows: &Runs, response: &ReceivedPage) {
        let (known, len) = (self.sightings.len(), rows.table_len());
        if len <= known {
            return;
        }

        let new = Sighting {
            first_received: response.received,
            last_asked: response.asked,
            pages: (None, None),
            round: self.round,
        };
        self.sightings.extend_to(len, new);
        self.in_round = self.in_round.saturating_add((len - known) as u64);
    }

    /// Takes the page that was just recorded, the last of the list, for the anchor. `end` is what
    /// its pass has shown last.
    pub(crate) fn set_anchor(
        &mut self,
        list: ListRequest,
        rows: &[SegmentIndex],
        response: &ReceivedPage,
        end: Option<SegmentIndex>,
    ) {
        let ReceivedPage { asked, received, .. } = *response;
        // Seen at T itself: neither counted again nor in need of another sighting.
        self.sightings.change(&Runs::from(rows), |sighting, _| sighting.last_asked = received);

        let (rows, count) = (rows.to_vec(), rows.len() as u64);
        self.anchor = Some(Anchor { asked, received, list, rows, count, end });
    }

    pub(crate) fn clear_anchor(&mut self) {
        self.anchor = None;
    }

    pub(crate) fn is_anchored(&self) -> bool {
        self.anchor.is_some()
    }

    /// In which direction the anchor was read, and what it has shown.
    pub(crate) fn anchor_rows(&self) -> Option<(SortDirection, &[SegmentIndex])> {
        let anchor = self.anchor.as_ref()?;
        Some((anchor.list.sort_direction.unwrap_or_default(), &anchor.rows))
    }

    /// What must be the last segment in this direction, if the anchor is empty: an empty page shows
    /// no end by itself.
    pub(crate) fn end_to_show(&self) -> Option<(SortDirection, Option<SegmentIndex>)> {
        let (direction, rows) = self.anchor_rows()?;
        let end = self.anchor.as_ref()?.end;
        rows.is_empty().then_some((direction, end))
    }

    /// Whether the page that was just recorded can be the anchor: no other came while it was under
    /// way, and none after it that was recorded before. Then everything seen so far was seen before
    /// it, with the attributes of that time.
    pub(crate) fn is_alone(&self, response: &ReceivedPage) -> bool {
        response.received == response.asked.next() && response.received == self.latest
    }

    /// Whether as many segments as the list was long at the anchor were seen before and after it,
    /// for pages this long.
    pub(crate) fn is_counted(&self, page_length: usize) -> bool {
        self.anchor.as_ref().is_some_and(|anchor| {
            let full_pages = u64::from(anchor.list.page).saturating_mul(page_length as u64);
            anchor.count == full_pages.saturating_add(anchor.rows.len() as u64)
        })
    }

    /// Whether a segment is of the list at the anchor, once that is counted.
    pub(crate) fn at_anchor(&self, segment: SegmentIndex) -> bool {
        let sighting = self.sightings.of(segment);
        self.anchor.as_ref().is_some_and(|anchor| {
            sighting.first_received <= anchor.received && sighting.last_asked >= anchor.received
        })
    }

    /// How many segments were certainly listed and never seen in this round, for pages this long.
    ///
    /// Only an unstable order, or edits, can hide one; the graph alone would not notice the former.
    pub(crate) fn missing(&self, page_length: usize) -> u64 {
        // Page 0 proves no length beyond its own rows, which were all seen.
        let floor = self.floor.filter(|(page, _)| *page > 0);
        let least = floor.map_or(0, |(page, rows)| {
            u64::from(page).saturating_mul(page_length as u64).saturating_add(rows as u64)
        });
        least.saturating_sub(self.in_round)
    }

    /// Whether a segment was seen in this round.
    pub(crate) fn in_round(&self, segment: SegmentIndex) -> bool {
        self.sightings.of(segment).round == self.round
    }

    /// Begins to count anew.
    pub(crate) fn next_round(&mut self) {
        self.round = self.round.saturating_add(1);
        self.in_round = 0;
        self.floor = None;
        self.anchor = None;
    }

    /// The pages on which a segment was seen last, ascending and descending.
    pub(crate) fn pages_of(&self, segment: SegmentIndex) -> (Option<u32>, Option<u32>) {
        let (asc, desc) = self.sightings.of(segment).pages;
        (asc.map(Slot::get), desc.map(Slot::get))
    }

    /// The bytes that it takes.
    pub(crate) fn memory(&self) -> usize {
        self.sightings.memory()
    }

    /// Whether all this is about the first `len` segments, each of which was seen.
    pub(crate) fn fits(&self, len: usize) -> bool {
        let is_known = |segment: &SegmentIndex| segment.get() < len;
        let of_anchor = self.anchor.iter().flat_map(|anchor| anchor.rows.iter().chain(&anchor.end));
        self.sightings.len() == len && of_anchor.into_iter().all(is_known)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::export::seen::interval::Interval;
    use crate::export::seen::segment_index::segments;
    use crate::message::response::Page;

    fn response(asked: u32) -> ReceivedPage {
        let during = Interval::of_response(Duration::ZERO, Duration::ZERO, Duration::ZERO, None);
        let (page, asked) = (Page::from_iter([]), ResponseNumber(asked));
        ReceivedPage { page, asked, received: asked.next(), during }
    }

    fn count_proof(count: u32, end: Option<u32>) -> CountProof {
        let rows = (0..count).map(SegmentIndex).collect();
        let mut count_proof = CountProof::default();
        count_proof.record(ListRequest::page(0), &rows, &response(0));
        count_proof.set_anchor(ListRequest::page(1), &[], &response(1), end.map(SegmentIndex));
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
        let later = Runs::from(segments(&[2, 3]).as_slice());
        count_proof.record(ListRequest::page(1), &later, &response(2));
        assert_eq!((count_proof.missing(2), count_proof.is_anchored()), (0, true));
        count_proof.next_round();
        assert_eq!((count_proof.missing(2), count_proof.is_anchored()), (0, false));
        count_proof.record(ListRequest::page(1), &later, &response(3));
        assert_eq!(count_proof.missing(2), 2, "two were on page 0, and are not seen again");
    }

    #[test]
    fn memory_goes_by_segments() {
        let memory = count_proof(1000, None).memory();
        assert!((4000..6000).contains(&memory), "{memory}");
    }
}
