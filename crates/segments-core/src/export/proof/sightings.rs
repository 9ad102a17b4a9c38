use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::export::proof::runs::Runs;
use crate::export::seen::reserve::reserve_to;
use crate::export::seen::response_number::ResponseNumber;
use crate::export::seen::segment_index::SegmentIndex;
use crate::export::seen::slot::Slot;

/// When and where a segment was seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Sighting {
    /// The first response that showed it.
    pub(crate) first_received: ResponseNumber,
    /// When a response that showed it was asked for last.
    pub(crate) last_asked: ResponseNumber,
    /// The page of the last ascending and the last descending response that showed it.
    pub(crate) pages: (Option<Slot>, Option<Slot>),
    pub(crate) round: u32,
}

/// The sighting of each segment. Those of one page mostly have the same, which is kept once.
///
/// At rest there is one for each segment.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sightings {
    /// Of each segment an index into `kept`.
    of_segments: Vec<u32>,
    /// Some may be of no segment any more.
    kept: Vec<Sighting>,
}

impl Sightings {
    /// How many segments have one.
    pub(crate) fn len(&self) -> usize {
        self.of_segments.len()
    }

    pub(crate) fn of(&self, segment: SegmentIndex) -> &Sighting {
        &self.kept[self.of_segments[segment.get()] as usize]
    }

    fn iter(&self) -> impl Iterator<Item = &Sighting> {
        SegmentIndex::up_to(self.len()).map(|segment| self.of(segment))
    }

    /// Gives this one to new segments, so that `len` in all have one.
    pub(crate) fn extend_to(&mut self, len: usize, sighting: Sighting) {
        let index = keep(&mut self.kept, sighting);
        reserve_to(&mut self.of_segments, len);
        self.of_segments.resize(len, index);
    }

    /// Changes those of a page. `change` is called once for all segments in a row that have the same,
    /// with their number.
    pub(crate) fn change(&mut self, rows: &Runs, mut change: impl FnMut(&mut Sighting, usize)) {
        let Self { of_segments, kept } = self;
        for run in rows.runs() {
            for same in of_segments[run.range()].chunk_by_mut(|one, other| one == other) {
                let mut sighting = kept[same[0] as usize];
                change(&mut sighting, same.len());
                same.fill(keep(kept, sighting));
            }
        }

        // Those that no segment has any more are dropped, seldom enough to cost nothing.
        if kept.len() > 2 * of_segments.len().max(100) {
            *self = self.iter().copied().collect();
        }
    }

    /// The bytes that it takes.
    pub(crate) fn memory(&self) -> usize {
        self.of_segments.capacity() * size_of::<u32>()
            + self.kept.capacity() * size_of::<Sighting>()
    }
}

/// The index of a sighting, which is often the same as the last.
fn keep(kept: &mut Vec<Sighting>, sighting: Sighting) -> u32 {
    if kept.last() != Some(&sighting) {
        let len = kept.len() + 1;
        reserve_to(kept, len);
        kept.push(sighting);
    }
    u32::try_from(kept.len() - 1).expect("under 2^32 are kept")
}

/// One for each segment, in order.
impl FromIterator<Sighting> for Sightings {
    fn from_iter<I: IntoIterator<Item = Sighting>>(all: I) -> Self {
        let mut sightings = Self::default();
        for sighting in all {
            sightings.extend_to(sightings.len() + 1, sighting);
        }
        sightings
    }
}

impl Serialize for Sightings {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}

impl<'de> Deserialize<'de> for Sightings {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Vec::<Sighting>::deserialize(deserializer)?.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;
    use proptest::sample::subsequence;

    use super::*;
    use crate::export::seen::segment_index::segments;

    fn sighting(number: u32) -> Sighting {
        let number = ResponseNumber(number);
        Sighting { first_received: number, last_asked: number, pages: (None, None), round: 0 }
    }

    fn asked(sightings: &Sightings) -> Vec<u32> {
        sightings.iter().map(|sighting| sighting.last_asked.0).collect()
    }

    proptest! {
        #[test]
        fn each_segment_has_the_one_that_it_would_have_of_its_own(
            // A page shows each once.
            pages in vec(subsequence((0..20).collect::<Vec<u32>>(), 0..8).prop_shuffle(), 0..400),
        ) {
            let mut own = Vec::new();
            let mut sightings = Sightings::default();
            for (number, page) in (1..).zip(pages) {
                let len = page.iter().max().map_or(0, |newest| *newest as usize + 1);
                if len > own.len() {
                    own.resize(len, number);
                    sightings.extend_to(len, sighting(number));
                }

                let mut changed = 0;
                sightings.change(&Runs::from(segments(&page).as_slice()), |sighting, count| {
                    changed += count;
                    sighting.last_asked.0 += number;
                });
                for segment in &page {
                    own[*segment as usize] += number;
                }
                prop_assert_eq!(changed, page.len());
                prop_assert_eq!(&asked(&sightings), &own);
                prop_assert!(sightings.kept.len() <= 200 + page.len());
            }

            let text = serde_json::to_string(&sightings).unwrap();
            let each: Vec<_> = sightings.iter().collect();
            prop_assert_eq!(&text, &serde_json::to_string(&each).unwrap());
            prop_assert_eq!(asked(&serde_json::from_str(&text).unwrap()), own);
        }
    }

    #[test]
    fn a_page_that_is_seen_again_keeps_one_more() {
        let mut sightings = Sightings::default();
        sightings.extend_to(100, sighting(1));
        let page = SegmentIndex::up_to(100).rev().collect();
        sightings.change(&page, |sighting, _| sighting.last_asked.0 = 2);
        assert_eq!((sightings.kept.len(), sightings.len()), (2, 100));
        assert_eq!(asked(&sightings), [2; 100]);
    }
}
