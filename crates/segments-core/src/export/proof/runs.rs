use std::ops::Range;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::export::seen::reserve::reserve_to;
use crate::export::seen::segment_index::SegmentIndex;

/// Segments in an order, as runs of numbers that go up or down by one.
///
/// Segments are numbered as they are first seen, so whatever a pass shows, it mostly counts up or
/// down: a list that stands still takes a few runs, however long it is. What differs from segment
/// to segment takes a run for each, which is twice the memory of the numbers.
///
/// Each run is as long as it can be, counted from the first, so that the same segments in the same
/// order are the same runs. At rest they are the numbers one by one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Runs(Vec<Run>);

/// Numbers from the first to the last, both included, up or down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Run {
    first: u32,
    last: u32,
}

impl Run {
    /// The longest run at the beginning of these rows, if there are any.
    fn at_start(rows: &[SegmentIndex]) -> Option<Self> {
        let first = rows.first()?.0;
        let is_next =
            |lower: SegmentIndex, upper: SegmentIndex| lower.0.checked_add(1) == Some(upper.0);

        let mut end = rows.windows(2).take_while(|pair| is_next(pair[0], pair[1])).count();
        if end == 0 {
            end = rows.windows(2).take_while(|pair| is_next(pair[1], pair[0])).count();
        }
        Some(Self { first, last: rows[end].0 })
    }

    /// How many segments these are.
    pub(crate) fn len(self) -> usize {
        self.last.abs_diff(self.first) as usize + 1
    }

    /// Where these are in a table of all segments.
    pub(crate) fn range(self) -> Range<usize> {
        let least = self.first.min(self.last) as usize;
        least..least + self.len()
    }

    pub(crate) fn iter(self) -> impl DoubleEndedIterator<Item = SegmentIndex> {
        let Self { first, last } = self;
        let nth = move |n| SegmentIndex(if first <= last { first + n } else { first - n });
        (0..last.abs_diff(first).saturating_add(1)).map(nth)
    }

    fn reversed(self) -> Self {
        Self { first: self.last, last: self.first }
    }

    /// Both as one run, if the other goes on where this one ends.
    fn join(self, other: Self) -> Option<Self> {
        let goes_up = self.first <= self.last && other.first <= other.last;
        let goes_down = self.first >= self.last && other.first >= other.last;

        let is_joined = goes_up && self.last.checked_add(1) == Some(other.first)
            || goes_down && self.last.checked_sub(1) == Some(other.first);
        is_joined.then_some(Self { first: self.first, last: other.last })
    }
}

impl Runs {
    /// The runs, in order.
    pub(crate) fn runs(&self) -> impl DoubleEndedIterator<Item = Run> {
        self.0.iter().copied()
    }

    /// The segments, in order.
    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = SegmentIndex> {
        self.runs().flat_map(Run::iter)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many segments these are, repetitions included.
    pub(crate) fn len(&self) -> usize {
        self.runs().map(Run::len).sum()
    }

    /// Whether no segment is there twice.
    pub(crate) fn is_distinct(&self) -> bool {
        let different: usize = self.ranges().iter().map(Range::len).sum();
        different == self.len()
    }

    /// Whether all of these others are among them.
    pub(crate) fn covers(&self, others: &Self) -> bool {
        let ranges = self.ranges();
        others.runs().map(Run::range).all(|other| {
            let place = ranges.partition_point(|range| range.end < other.end);
            ranges.get(place).is_some_and(|range| range.start <= other.start)
        })
    }

    /// The segments without their order: ranges with others between them, the lowest first.
    fn ranges(&self) -> Vec<Range<usize>> {
        let mut ranges: Vec<_> = self.runs().map(Run::range).collect();
        ranges.sort_unstable_by_key(|range| range.start);

        ranges.dedup_by(|next, range| {
            let touches = next.start <= range.end;
            if touches {
                range.end = range.end.max(next.end);
            }
            touches
        });
        ranges
    }

    pub(crate) fn to_vec(&self) -> Vec<SegmentIndex> {
        let mut segments = Vec::with_capacity(self.len());
        self.runs().for_each(|run| segments.extend(run.iter()));
        segments
    }

    /// How long a table is that has room for all of these.
    pub(crate) fn table_len(&self) -> usize {
        self.runs().map(|run| run.range().end).max().unwrap_or(0)
    }

    /// Adds what follows, which may lengthen the last run.
    fn push(&mut self, mut run: Run) {
        if let Some(last) = self.0.last_mut() {
            if let Some(joined) = last.join(run) {
                *last = joined;
                return;
            }
            // Of a run in the other direction, the first segment may still belong to the last one.
            if let Some(joined) = last.join(run.first.into()) {
                *last = joined;
                run.first = if run.first < run.last { run.first + 1 } else { run.first - 1 };
            }
        }

        let len = self.0.len() + 1;
        reserve_to(&mut self.0, len);
        self.0.push(run);
    }

    pub(crate) fn append(&mut self, other: &Self) {
        other.runs().for_each(|run| self.push(run));
    }

    pub(crate) fn reversed(&self) -> Self {
        let mut reversed = Self::default();
        self.runs().rev().for_each(|run| reversed.push(run.reversed()));
        reversed
    }

    /// The bytes that it takes.
    pub(crate) fn memory(&self) -> usize {
        self.0.capacity() * size_of::<Run>()
    }
}

/// A run of one.
impl From<u32> for Run {
    fn from(number: u32) -> Self {
        Self { first: number, last: number }
    }
}

impl From<&[SegmentIndex]> for Runs {
    fn from(mut rows: &[SegmentIndex]) -> Self {
        let mut runs = Self::default();
        while let Some(run) = Run::at_start(rows) {
            runs.push(run);
            rows = &rows[run.len()..];
        }
        runs
    }
}

impl FromIterator<SegmentIndex> for Runs {
    fn from_iter<I: IntoIterator<Item = SegmentIndex>>(segments: I) -> Self {
        let mut runs = Self::default();
        segments.into_iter().for_each(|segment| runs.push(segment.0.into()));
        runs
    }
}

impl Serialize for Runs {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}

impl<'de> Deserialize<'de> for Runs {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let segments = Vec::<SegmentIndex>::deserialize(deserializer)?;
        Ok(Self::from(segments.as_slice()))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;
    use crate::export::seen::segment_index::segments;

    /// Numbers as passes show them: stretches up and down, some of which overlap.
    fn numbers() -> impl Strategy<Value = Vec<u32>> {
        let stretch = (0_u32..30, 0_u32..8, any::<bool>()).prop_map(|(first, len, goes_up)| {
            let up = first..first + len;
            if goes_up { up.collect::<Vec<_>>() } else { up.rev().collect() }
        });
        vec(stretch, 0..6).prop_map(|stretches| stretches.concat())
    }

    fn runs(numbers: &[u32]) -> Runs {
        Runs::from(segments(numbers).as_slice())
    }

    fn listed(runs: &Runs) -> Vec<u32> {
        SegmentIndex::numbers(runs.to_vec())
    }

    proptest! {
        #[test]
        fn they_are_the_numbers_that_they_were_made_of(one in numbers(), other in numbers()) {
            let mut all = runs(&one);
            prop_assert_eq!(&listed(&all), &one);
            prop_assert_eq!(all.is_empty(), one.is_empty());
            prop_assert!(all.iter().rev().eq(all.reversed().iter()));

            all.append(&runs(&other));
            let both = [one, other].concat();
            prop_assert_eq!(&listed(&all), &both);
            let newest = segments(&both).iter().max().map_or(0, |newest| newest.get() + 1);
            prop_assert_eq!(all.table_len(), newest);
            prop_assert!(all.runs().all(|run| run.iter().count() == run.len()));
        }

        #[test]
        fn the_same_segments_are_the_same_runs(one in numbers(), other in numbers()) {
            let all = runs(&one);
            prop_assert_eq!(&all.reversed().reversed(), &all);
            prop_assert_eq!(&all.iter().collect::<Runs>(), &all);

            let mut both = all.clone();
            both.append(&runs(&other));
            prop_assert_eq!(&runs(&[&one[..], &other].concat()), &both);
            prop_assert_eq!(all == runs(&other), one == other);
        }

        #[test]
        fn what_is_in_them_is_told_without_a_look_at_each(one in numbers(), other in numbers()) {
            let set = |numbers: &[u32]| numbers.iter().copied().collect::<BTreeSet<_>>();
            let (these, others) = (set(&one), set(&other));
            prop_assert_eq!(runs(&one).is_distinct(), these.len() == one.len());
            prop_assert_eq!(runs(&one).covers(&runs(&other)), others.is_subset(&these));
        }

        #[test]
        fn at_rest_they_are_numbers(one in numbers()) {
            let text = serde_json::to_string(&runs(&one)).unwrap();
            prop_assert_eq!(&text, &serde_json::to_string(&one).unwrap());
            prop_assert_eq!(listed(&serde_json::from_str(&text).unwrap()), one);
        }
    }

    #[test]
    fn a_list_that_stands_still_takes_one_run() {
        let mut pass = Runs::default();
        for page in 0..1000 {
            pass.append(&runs(&(100 * page..100 * (page + 1)).collect::<Vec<_>>()));
        }
        assert_eq!((pass.runs().count(), pass.reversed().runs().count()), (1, 1));
        assert!(pass.memory() < 100);
    }

    #[test]
    fn the_largest_number_is_followed_by_none() {
        for numbers in [[0, u32::MAX], [u32::MAX, 0]] {
            assert_eq!(listed(&runs(&numbers)), numbers);
            assert_eq!(runs(&numbers).runs().count(), 2);
        }
    }
}
