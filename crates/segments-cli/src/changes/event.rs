//! One change of one segment.

use std::collections::BTreeSet;

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use super::attributes::Attributes;
use super::proof::Proof;

/// What happened to a segment. Serialized as one flat object: `event`, `id`, `name`, and what belongs
/// to the change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Event {
    pub(crate) id: String,
    /// The name that it has now, or had when it was last seen.
    pub(crate) name: String,
    pub(crate) change: Change,
}

/// How a segment differs from what was known of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Change {
    /// Listed when the state began.
    Initial(Attributes),
    /// Listed, and never seen before. A segment that was archived before the state began, and is
    /// restored, looks the same.
    Created(Attributes),
    /// Listed again after it was removed.
    Restored(Attributes),
    /// Proven to have been unlisted.
    Removed(Proof),
    /// Not in a list that proves nothing about what is not in it.
    NotSeen,
    Renamed {
        from: String,
    },
    Retagged {
        added: BTreeSet<String>,
        removed: BTreeSet<String>,
    },
    TrackingChanged {
        enabled: bool,
    },
}

impl Change {
    /// Its name, as events have it.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Initial(_) => "initial",
            Self::Created(_) => "created",
            Self::Restored(_) => "restored",
            Self::Removed(_) => "removed",
            Self::NotSeen => "not_seen",
            Self::Renamed { .. } => "renamed",
            Self::Retagged { .. } => "retagged",
            Self::TrackingChanged { .. } => "tracking_changed",
        }
    }

    /// Its name for people.
    pub(crate) fn words(&self) -> String {
        self.name().replace('_', " ")
    }

    /// The place of its kind among the events of one comparison.
    pub(super) fn rank(&self) -> u8 {
        match self {
            Self::Initial(_) => 0,
            Self::Created(_) => 1,
            Self::Restored(_) => 2,
            Self::Removed(_) => 3,
            Self::NotSeen => 4,
            Self::Renamed { .. } => 5,
            Self::Retagged { .. } => 6,
            Self::TrackingChanged { .. } => 7,
        }
    }
}

impl Serialize for Event {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("event", self.change.name())?;
        map.serialize_entry("id", &self.id)?;
        map.serialize_entry("name", &self.name)?;

        match &self.change {
            Change::Initial(now) | Change::Created(now) | Change::Restored(now) => {
                map.serialize_entry("analytics_tracking_enabled", &now.analytics_tracking_enabled)?;
                map.serialize_entry("tags", &now.tags)?;
            }
            Change::Removed(proof) => map.serialize_entry("proof", proof)?,
            Change::NotSeen => {}
            Change::Renamed { from } => map.serialize_entry("from", from)?,
            Change::Retagged { added, removed } => {
                map.serialize_entry("added", added)?;
                map.serialize_entry("removed", removed)?;
            }
            Change::TrackingChanged { enabled } => {
                map.serialize_entry("analytics_tracking_enabled", enabled)?;
            }
        }
        map.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_one_flat_object() {
        let set = |tags: &[&str]| tags.iter().map(|tag| (*tag).to_owned()).collect();
        let vip = Attributes {
            name: "VIP".to_owned(),
            analytics_tracking_enabled: true,
            tags: set(&["b", "a"]),
        };
        let begin = |event| format!(r#"{{"event":"{event}","id":"1","name":"VIP""#);
        for (change, rest) in [
            (Change::Created(vip), r#","analytics_tracking_enabled":true,"tags":["a","b"]}"#),
            (Change::Removed(Proof::CompleteByCount), r#","proof":"complete_by_count"}"#),
            (Change::NotSeen, "}"),
            (Change::Renamed { from: "x".to_owned() }, r#","from":"x"}"#),
            (
                Change::Retagged { added: set(&["a"]), removed: set(&[]) },
                r#","added":["a"],"removed":[]}"#,
            ),
            (Change::TrackingChanged { enabled: false }, r#","analytics_tracking_enabled":false}"#),
        ] {
            let begin = begin(change.name());
            let event = Event { id: "1".to_owned(), name: "VIP".to_owned(), change };
            assert_eq!(serde_json::to_string(&event).unwrap(), begin + rest);
        }
    }
}
