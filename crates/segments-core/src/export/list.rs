use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;

use serde::ser::SerializeStruct;
use serde::{Deserialize, Serialize, Serializer};

use crate::export::proof::terms::OrderBasis;
use crate::export::report::Report;
use crate::export::seen::batch::{Batch, Update};
use crate::message::request::SortDirection;
use crate::message::response::Segment;

/// Collects what an export hands out, and puts it into its final form.
///
/// Segments come in the order of first sight. With the goals that prove something, that is not the
/// order of creation, an edited segment comes again as an [`Update`], and a snapshot leaves out
/// what was seen but not listed at its moment. [`List::finish`] applies all that.
///
/// ```
/// use segments_core::List;
/// # use segments_core::{Report, Segment, Step};
/// # fn steps() -> Vec<Step> { Vec::new() }
///
/// let mut list = List::default();
/// for step in steps() {
///     match step {
///         Step::Batch(batch) => list.apply(batch),
///         Step::Done(report) => println!("{} segments", list.finish(&report).len()),
///         Step::Send(_) | Step::Wait { .. } => unreachable!("the driver takes these"),
///     }
///     # break;
/// }
/// ```
#[derive(Clone, Default, Deserialize)]
#[serde(from = "Stored")]
pub struct List {
    /// All segments as they came first, in order. Most of them hang together as on their page, so one
    /// handle does for many.
    runs: Vec<Run>,
    len: usize,
    /// The present content of those that were edited.
    edited: BTreeMap<usize, Segment>,
    /// How many updates were applied.
    updates: u64,
}

/// Segments that stand on one page one behind the other.
#[derive(Clone)]
struct Run {
    /// The index of the first, which the next run ends.
    start: usize,
    first: Segment,
}

impl List {
    /// Adds segments, or replaces those that were edited since.
    pub fn apply(&mut self, batch: Batch) {
        match batch {
            Batch::Segments(segments) => self.extend(segments),
            Batch::Updates(updates) => self.update(updates),
        }
    }

    /// How many updates were applied.
    pub(crate) fn updates(&self) -> u64 {
        self.updates
    }

    /// How many segments there are so far.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there are none yet.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The segments so far, in the order in which they were handed out.
    pub fn segments(&self) -> impl ExactSizeIterator<Item = Segment> + '_ {
        (0..self.len).map(|index| self.segment(index))
    }

    /// Replaces segments that were edited since; an update of an unknown segment is ignored.
    pub fn update(&mut self, updates: impl IntoIterator<Item = Update>) {
        for Update { index, segment } in updates {
            self.updates = self.updates.saturating_add(1);
            if (index as usize) < self.len {
                self.edited.insert(index as usize, segment);
            }
        }
    }

    /// The list that the report describes, in the order of the plan.
    ///
    /// It must hold every batch of the export, which [`Export::check_list`](crate::Export::check_list)
    /// checks.
    ///
    /// # Panics
    /// If the report was read by serde and claims an order, because its
    /// [`order`](Report::order) is not serialised.
    pub fn finish(self, report: &Report) -> Vec<Segment> {
        self.finished(report, 0..usize::MAX)
    }

    /// A part of what [`List::finish`] gives, for a list that is too long to be copied as a whole.
    /// Empty behind the end.
    ///
    /// # Panics
    /// As [`List::finish`].
    pub fn finished(&self, report: &Report, places: Range<usize>) -> Vec<Segment> {
        let order = report.order.as_deref();
        let has_order = order.is_some() || report.order_basis == OrderBasis::AsRead;
        assert!(has_order, "a report that was serialised does not hold the list's order");

        let len = order.map_or(self.len, <[u32]>::len);
        let at = |place: usize| match (order, report.sort_direction) {
            (None, _) => place,
            (Some(order), SortDirection::Asc) => order[place] as usize,
            (Some(order), SortDirection::Desc) => order[len - 1 - place] as usize,
        };

        let places = places.start.min(len)..places.end.min(len);
        let mut segments = Vec::with_capacity(places.len());
        let indices = places.map(at).filter(|index| *index < self.len);
        segments.extend(indices.map(|index| self.segment(index)));
        segments
    }

    /// The segment with this index, which is less than the length.
    fn segment(&self, index: usize) -> Segment {
        if let Some(segment) = self.edited.get(&index) {
            return segment.clone();
        }
        let behind = self.runs.partition_point(|run| run.start <= index);
        let Run { start, first } = &self.runs[behind - 1];
        first.below(index - start)
    }

    fn push(&mut self, segment: Segment) {
        let goes_on =
            self.runs.last().is_some_and(|run| segment.is_below(&run.first, self.len - run.start));
        if !goes_on {
            self.runs.push(Run { start: self.len, first: segment });
        }
        self.len += 1;
    }
}

impl PartialEq for List {
    fn eq(&self, other: &Self) -> bool {
        self.updates == other.updates && self.segments().eq(other.segments())
    }
}

impl fmt::Debug for List {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.segments()).finish()
    }
}

impl Serialize for List {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_struct("List", 2)?;
        list.serialize_field("segments", &Sequence(self))?;
        list.serialize_field("updates", &self.updates)?;
        list.end()
    }
}

/// The segments of a list, as a sequence of serde.
struct Sequence<'a>(&'a List);

impl Serialize for Sequence<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.segments())
    }
}

/// A list as serde writes it.
#[derive(Deserialize)]
struct Stored {
    segments: Vec<Segment>,
    updates: u64,
}

impl From<Stored> for List {
    fn from(Stored { segments, updates }: Stored) -> Self {
        let mut list = Self { updates, ..Self::default() };
        list.extend(segments);
        list
    }
}

impl Extend<Segment> for List {
    fn extend<I: IntoIterator<Item = Segment>>(&mut self, segments: I) {
        segments.into_iter().for_each(|segment| self.push(segment));
    }
}

impl Extend<Batch> for List {
    fn extend<I: IntoIterator<Item = Batch>>(&mut self, batches: I) {
        batches.into_iter().for_each(|batch| self.apply(batch));
    }
}

/// Every batch of an export, in order.
impl FromIterator<Batch> for List {
    fn from_iter<I: IntoIterator<Item = Batch>>(batches: I) -> Self {
        let mut list = Self::default();
        list.extend(batches);
        list
    }
}

impl From<Batch> for List {
    fn from(batch: Batch) -> Self {
        [batch].into_iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::message::response::Page;

    fn segment(number: u32) -> Segment {
        Segment::new(number.to_string(), "", true, [""; 0]).unwrap()
    }

    /// A whole page of six rows, or any of them in any order.
    fn rows() -> impl Strategy<Value = Vec<u32>> {
        prop_oneof![Just((0..6).collect()), prop::collection::vec(0_u32..6, 0..8)]
    }

    proptest! {
        /// Whatever pages segments come from, and whichever of their rows: the list is the same as
        /// one of handles.
        #[test]
        fn a_list_of_runs_is_the_list_of_its_segments(
            pages in prop::collection::vec(rows(), 0..6),
            edits in prop::collection::vec(0_u32..40, 0..4),
        ) {
            let (mut list, mut plain) = (List::default(), Vec::new());
            for (first, rows) in (0..).step_by(6).zip(pages) {
                let page: Page = (first..first + 6).map(segment).collect();
                let rows: Vec<_> = rows.into_iter().map(|row| page.segment(row)).collect();
                plain.extend(rows.clone());
                list.apply(Batch::Segments(rows));
            }
            for index in edits {
                list.update([Update { index, segment: segment(1000 + index) }]);
                if let Some(before) = plain.get_mut(index as usize) {
                    *before = segment(1000 + index);
                }
            }

            prop_assert_eq!(list.len(), plain.len());
            prop_assert!(list.segments().eq(plain.iter().cloned()));
            let json = serde_json::to_string(&list).unwrap();
            let stored = serde_json::json!({ "segments": plain, "updates": list.updates });
            prop_assert_eq!(serde_json::from_str::<serde_json::Value>(&json).unwrap(), stored);
            prop_assert_eq!(serde_json::from_str::<List>(&json).unwrap(), list);
        }
    }

    #[test]
    fn rows_of_one_page_take_one_handle() {
        let page: Page = (0..100).map(segment).collect();
        let list: List = [Batch::Segments(page.segments().collect())].into_iter().collect();
        assert_eq!((list.len(), list.runs.len()), (100, 1));
    }
}
