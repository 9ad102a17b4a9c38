//! What is known of a list.

use std::collections::BTreeMap;

use segments_core::Segment;
use serde::{Deserialize, Serialize};

use super::attributes::Attributes;
use super::event::{Change, Event};

/// The segments that are listed as far as is known, and those that were removed: without the latter, a
/// restored segment would look like a new one.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct State {
    /// By id.
    pub(super) listed: BTreeMap<String, Attributes>,
    /// By id, with the attributes that they had last. None of them is listed.
    pub(super) removed: BTreeMap<String, Attributes>,
}

impl State {
    /// How many segments are listed.
    pub(crate) fn listed(&self) -> usize {
        self.listed.len()
    }

    /// The state after these events.
    #[must_use]
    pub(crate) fn after(mut self, events: &[Event]) -> Self {
        for event in events {
            self.apply(event);
        }
        self
    }

    fn apply(&mut self, Event { id, name, change }: &Event) {
        match change {
            Change::Initial(now) | Change::Created(now) | Change::Restored(now) => {
                self.removed.remove(id);
                self.listed.insert(id.clone(), now.clone());
            }
            Change::Removed(_) => {
                if let Some((id, last)) = self.listed.remove_entry(id) {
                    self.removed.insert(id, last);
                }
            }
            Change::NotSeen => {}
            Change::Renamed { .. } => self.edit(id, |segment| segment.name.clone_from(name)),
            Change::Retagged { added, removed } => self.edit(id, |segment| {
                segment.tags.retain(|tag| !removed.contains(tag));
                segment.tags.extend(added.iter().cloned());
            }),
            Change::TrackingChanged { enabled } => {
                self.edit(id, |segment| segment.analytics_tracking_enabled = *enabled);
            }
        }
    }

    fn edit(&mut self, id: &str, edit: impl FnOnce(&mut Attributes)) {
        if let Some(segment) = self.listed.get_mut(id) {
            edit(segment);
        }
    }
}

/// The state that a list alone gives.
impl<'a> FromIterator<&'a Segment> for State {
    fn from_iter<I: IntoIterator<Item = &'a Segment>>(list: I) -> Self {
        let listed = list.into_iter().map(|segment| (segment.id().to_owned(), segment.into()));
        Self { listed: listed.collect(), removed: BTreeMap::new() }
    }
}
