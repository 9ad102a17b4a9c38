use segments_core::Segment;
use serde::{Deserialize, Serialize};

/// An edit as a value, for [`Workspace::edit`](crate::Workspace::edit) and
/// [`Workspace::edit_after`](crate::Workspace::edit_after).
///
/// In JSON it is an object with its name in `snake_case`: `{"archive":"an-id"}`,
/// `{"rename":{"id":"an-id","name":"VIP"}}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[non_exhaustive]
pub enum Edit {
    /// [`Workspace::create`](crate::Workspace::create).
    Create(Segment),
    /// [`Workspace::archive`](crate::Workspace::archive) of the segment with this id.
    Archive(String),
    /// [`Workspace::restore`](crate::Workspace::restore) of the segment with this id.
    Restore(String),
    /// [`Workspace::rename`](crate::Workspace::rename).
    Rename {
        /// The segment.
        id: String,
        /// Its new name.
        name: String,
    },
    /// [`Workspace::retag`](crate::Workspace::retag).
    Retag {
        /// The segment.
        id: String,
        /// Its new tags.
        tags: Vec<String>,
    },
    /// [`Workspace::set_tracking`](crate::Workspace::set_tracking).
    Tracking {
        /// The segment.
        id: String,
        /// Whether its analytics are tracked from now on.
        analytics_tracking_enabled: bool,
    },
}

impl Edit {
    /// The id of the segment.
    pub(crate) fn id(&self) -> &str {
        match self {
            Self::Create(segment) => segment.id(),
            Self::Archive(id)
            | Self::Restore(id)
            | Self::Rename { id, .. }
            | Self::Retag { id, .. }
            | Self::Tracking { id, .. } => id,
        }
    }
}
