//! The columns of a segment, and which of them are written.

use segments_core::Segment;
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

/// The names of the fields, in the order in which every format has them.
pub(crate) const FIELDS: [&str; 4] = ["id", "name", "analytics_tracking_enabled", "tags"];

/// A column of a segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Field {
    /// Its identifier
    Id,
    /// Its name
    Name,
    /// Whether analytics are tracked for it
    #[value(name = "analytics_tracking_enabled")]
    AnalyticsTrackingEnabled,
    /// Its tags
    Tags,
}

impl Field {
    pub(crate) const ALL: [Self; 4] =
        [Self::Id, Self::Name, Self::AnalyticsTrackingEnabled, Self::Tags];

    pub(crate) fn name(self) -> &'static str {
        FIELDS[self as usize]
    }
}

/// Which columns are written, in their order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fields(Vec<Field>);

impl Fields {
    /// These columns, or else the one that comes twice. None of them are all.
    pub(crate) fn new(fields: &[Field]) -> Result<Self, Field> {
        let twice = fields.iter().enumerate().find(|(at, field)| fields[..*at].contains(field));
        match twice {
            Some((_, field)) => Err(*field),
            None if fields.is_empty() => Ok(Self::default()),
            None => Ok(Self(fields.to_vec())),
        }
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = Field> + '_ {
        self.0.iter().copied()
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &'static str> + '_ {
        self.iter().map(Field::name)
    }

    /// Whether a segment is written as it is.
    pub(crate) fn are_all(&self) -> bool {
        self.0 == Field::ALL
    }
}

/// A row that says first of which workspace it is.
#[derive(Serialize)]
pub(crate) struct WorkspaceRow<'a> {
    pub(crate) workspace: &'a str,
    #[serde(flatten)]
    pub(crate) row: Row<'a>,
}

impl Default for Fields {
    fn default() -> Self {
        Self(Field::ALL.to_vec())
    }
}

/// A segment as an object with some of its fields.
pub(crate) struct Row<'a>(pub(crate) &'a Segment, pub(crate) &'a Fields);

impl Serialize for Row<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(segment, fields) = self;
        let mut map = serializer.serialize_map(Some(fields.0.len()))?;
        for field in fields.iter() {
            match field {
                Field::Id => map.serialize_entry(field.name(), segment.id())?,
                Field::Name => map.serialize_entry(field.name(), segment.name())?,
                Field::AnalyticsTrackingEnabled => {
                    map.serialize_entry(field.name(), &segment.analytics_tracking_enabled())?;
                }
                Field::Tags => {
                    map.serialize_entry(field.name(), &segment.tags().collect::<Vec<_>>())?;
                }
            }
        }
        map.end()
    }
}

#[cfg(test)]
pub(super) mod tests {
    use proptest::prelude::*;
    use proptest::sample::subsequence;

    use super::*;

    /// Some of the fields, or all, in any order.
    pub(in super::super) fn fields() -> impl Strategy<Value = Fields> {
        subsequence(&Field::ALL, 1..=Field::ALL.len()).prop_shuffle().prop_map(Fields)
    }
}
