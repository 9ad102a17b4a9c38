use serde::{Deserialize, Serialize};

/// How many responses had been taken at some moment, which orders moments without a clock: a
/// response that was the fifth came after the fourth, and before whatever was asked for when there
/// were five.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub(crate) struct ResponseNumber(pub(crate) u32);

impl ResponseNumber {
    /// That of the response after it.
    pub(crate) fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}
