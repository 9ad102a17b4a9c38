use serde::{Deserialize, Serialize};

/// Which of the segments seen: they are counted from 0 in the order of first sight.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct SegmentIndex(pub(crate) u32);

impl SegmentIndex {
    /// The same as an index into a table of all segments.
    pub(crate) fn get(self) -> usize {
        self.0 as usize
    }

    /// As numbers, for the report.
    pub(crate) fn numbers(segments: Vec<Self>) -> Vec<u32> {
        segments.into_iter().map(|segment| segment.0).collect()
    }

    /// Those of the first so many segments.
    // A list has under 2^32 segments: `IdTable` sees to it.
    #[allow(clippy::cast_possible_truncation)]
    pub(crate) fn up_to(len: usize) -> impl DoubleEndedIterator<Item = Self> + ExactSizeIterator {
        (0..len as u32).map(Self)
    }
}

/// The indices of a test, written as numbers.
#[cfg(test)]
pub(crate) fn segments(numbers: &[u32]) -> Vec<SegmentIndex> {
    numbers.iter().copied().map(SegmentIndex).collect()
}
