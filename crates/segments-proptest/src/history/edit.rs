use std::fmt;

use segments_core::Segment;
use segments_emulator::{EditError, Workspace};

/// What somebody does to the list while it is read. Segments have their ids as names.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Edit {
    /// A segment with this id is archived: it is no longer listed, and those behind it move up.
    Archive(String),
    /// An archived segment is listed again, in its old place: those behind it move down.
    Restore(String),
    /// A segment with this id is created, and listed last.
    Create(String),
}

impl Edit {
    /// [`Edit::Archive`].
    pub fn archive(id: impl Into<String>) -> Self {
        Self::Archive(id.into())
    }

    /// [`Edit::Restore`].
    pub fn restore(id: impl Into<String>) -> Self {
        Self::Restore(id.into())
    }

    /// [`Edit::Create`].
    pub fn create(id: impl Into<String>) -> Self {
        Self::Create(id.into())
    }

    pub(super) fn apply(&self, workspace: &mut Workspace) -> Result<(), EditError> {
        match self {
            Self::Archive(id) => workspace.archive(id),
            Self::Restore(id) => workspace.restore(id),
            Self::Create(id) => workspace.create(segment(id)),
        }
    }
}

/// The segment with this id.
pub(super) fn segment(id: &str) -> Segment {
    Segment::new(id, id, true, [""; 0]).expect("an id that is not empty")
}

/// As it is written in Rust.
impl fmt::Debug for Edit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Archive(id) => write!(f, "Edit::archive({id:?})"),
            Self::Restore(id) => write!(f, "Edit::restore({id:?})"),
            Self::Create(id) => write!(f, "Edit::create({id:?})"),
        }
    }
}
