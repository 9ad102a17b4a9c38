use std::ops::RangeInclusive;

use super::draft::Draft;

/// How large the histories are that are drawn.
///
/// ```
/// use proptest::prelude::*;
/// use segments_proptest::history::Shape;
///
/// let mut shape = Shape::default();
/// (shape.page_size, shape.segments) = (100..=100, 0..=350);
/// proptest!(ProptestConfig::with_cases(16), |(history in shape.history())| {
///     prop_assert_eq!(history.page_size(), 100);
/// });
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Shape {
    /// Segments on a page, at least 1.
    pub page_size: RangeInclusive<u32>,
    /// Segments that exist at the beginning.
    pub segments: RangeInclusive<usize>,
    /// Edits.
    pub edits: RangeInclusive<usize>,
    /// Behind which answers they happen, counted from 1.
    pub answers: RangeInclusive<u32>,
    /// Faults of the server.
    pub faults: RangeInclusive<usize>,
}

impl Default for Shape {
    fn default() -> Self {
        Self { page_size: 1..=3, segments: 0..=8, edits: 0..=3, answers: 1..=6, faults: 0..=0 }
    }
}

impl Shape {
    pub(super) fn holds(&self, draft: &Draft) -> bool {
        self.page_size.contains(&draft.page_size)
            && self.segments.contains(&draft.archived.len())
            && self.edits.contains(&draft.edits.len())
            && draft.edits.iter().all(|(after, _)| self.answers.contains(after))
            && self.faults.contains(&draft.faults.len())
    }
}
