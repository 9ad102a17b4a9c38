use std::fmt;

/// Why an edit of a [`Workspace`](crate::Workspace) failed. A failed edit changes nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum EditError {
    /// A segment with this id exists, archived or not.
    AlreadyExists,
    /// No segment has this id.
    NotFound,
    /// [`Segment::new`](segments_core::Segment::new) refuses the changed segment, or the list is
    /// full.
    Invalid,
}

impl fmt::Display for EditError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::AlreadyExists => "a segment with this id already exists",
            Self::NotFound => "no segment has this id",
            Self::Invalid => "the segment would be invalid",
        })
    }
}

impl std::error::Error for EditError {}
