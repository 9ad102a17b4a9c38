//! How many changes there were.

use std::fmt;

use serde::{Serialize, Serializer};

use super::event::Event;

/// The kinds of changes among the events of one comparison, which are in the order of their kinds, and how
/// many of each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ChangeCounts(Vec<(&'static str, u64)>);

impl ChangeCounts {
    pub(crate) fn of(events: &[Event]) -> Self {
        let kinds = events.chunk_by(|one, next| one.change.name() == next.change.name());
        Self(kinds.map(|kind| (kind[0].change.name(), kind.len() as u64)).collect())
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// `2 created, 1 removed`.
impl fmt::Display for ChangeCounts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_empty() {
            return f.write_str("nothing has changed");
        }

        for (at, (kind, count)) in self.0.iter().enumerate() {
            let comma = if at > 0 { ", " } else { "" };
            write!(f, "{comma}{count} {}", kind.replace('_', " "))?;
        }
        Ok(())
    }
}

/// `{"created":2,"removed":1}`.
impl Serialize for ChangeCounts {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().copied())
    }
}
