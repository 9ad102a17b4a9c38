use serde::{Deserialize, Serialize};

use crate::export::proof::terms::OrderBasis;
use crate::export::report::Report;
use crate::export::seen::batch::{Batch, Update};
use crate::export::seen::reserve::reserve_to;
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
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct List {
    segments: Vec<Segment>,
    /// How many updates were applied.
    updates: u64,
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
        self.segments.len()
    }

    /// Whether there are none yet.
    pub fn is_empty(&self) -> bool {
        self.segments.is_empty()
    }

    /// The segments so far, in the order in which they were handed out.
    pub fn segments(&self) -> &[Segment] {
        &self.segments
    }

    /// Replaces segments that were edited since; an update of an unknown segment is ignored.
    pub fn update(&mut self, updates: impl IntoIterator<Item = Update>) {
        for Update { index, segment } in updates {
            self.updates = self.updates.saturating_add(1);
            if let Some(before) = self.segments.get_mut(index as usize) {
                *before = segment;
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
        let Some(order) = &report.order else {
            let claims_order = report.order_basis != OrderBasis::AsRead;
            assert!(!claims_order, "a report that was serialised does not hold the list's order");
            return self.segments;
        };

        let mut segments = if is_permutation(order, self.segments.len()) {
            permuted(self.segments, order.clone())
        } else {
            let at = |index: &u32| self.segments.get(*index as usize).cloned();
            order.iter().filter_map(at).collect()
        };
        if report.sort_direction == SortDirection::Desc {
            segments.reverse();
        }
        segments
    }
}

/// Whether each of the first `len` numbers is there once.
fn is_permutation(order: &[u32], len: usize) -> bool {
    let mut seen = vec![false; len];
    let is_new = |index: &u32| {
        seen.get_mut(*index as usize).is_some_and(|seen| !std::mem::replace(seen, true))
    };
    order.len() == len && order.iter().all(is_new)
}

/// The segments in this order, which names each once. In their own memory, which for a long list is
/// much.
fn permuted(mut segments: Vec<Segment>, mut order: Vec<u32>) -> Vec<Segment> {
    for first in 0..order.len() {
        // Along a cycle: what belongs here comes from where something else belongs.
        let mut place = first;
        while order[place] as usize != first {
            let next = order[place] as usize;
            segments.swap(place, next);
            order[place] = u32::try_from(place).expect("it is an index into the order");
            place = next;
        }
        order[place] = u32::try_from(place).expect("it is an index into the order");
    }
    segments
}

impl Extend<Segment> for List {
    fn extend<I: IntoIterator<Item = Segment>>(&mut self, segments: I) {
        let segments = segments.into_iter();
        let (least, _) = segments.size_hint();
        let len = self.segments.len() + least;
        reserve_to(&mut self.segments, len);
        self.segments.extend(segments);
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

    proptest! {
        #[test]
        fn a_permutation_in_place_is_the_one_that_copies(
            order in (0_u32..40).prop_flat_map(|len| Just((0..len).collect::<Vec<_>>()).prop_shuffle()),
        ) {
            let segment = |number: &u32| Segment::new(number.to_string(), "", true, [""; 0]).unwrap();
            let numbers: Vec<u32> = (0..u32::try_from(order.len()).unwrap()).collect();
            prop_assert!(is_permutation(&order, order.len()));
            let segments = numbers.iter().map(segment).collect();
            let copied: Vec<_> = order.iter().map(segment).collect();
            prop_assert_eq!(permuted(segments, order.clone()), copied);
        }
    }

    #[test]
    fn what_leaves_out_or_repeats_is_no_permutation() {
        assert!(is_permutation(&[], 0) && is_permutation(&[1, 0], 2));
        for order in [&[0][..], &[0, 0], &[0, 2], &[0, 1, 1]] {
            assert!(!is_permutation(order, 2), "{order:?}");
        }
    }
}
