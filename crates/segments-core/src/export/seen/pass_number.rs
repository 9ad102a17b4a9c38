use serde::{Deserialize, Serialize};

/// Which reading a page was asked for: a pass through the list, or a page that is read on its own.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub(crate) struct PassNumber(pub(crate) u32);

impl PassNumber {
    /// The first pass through the list.
    pub(crate) const FIRST: Self = Self(0);

    /// That of the reading after it.
    #[must_use]
    pub(crate) fn next(self) -> Self {
        Self(self.0.wrapping_add(1))
    }
}
