use segments_core::Segment;

/// An edit as a value, for [`Workspace::edit_after`](crate::Workspace::edit_after).
#[derive(Debug, Clone, PartialEq, Eq)]
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
}

/// Edits that wait for a response.
#[derive(Debug, Clone, Default)]
pub(crate) struct Schedule {
    /// After how many responses each takes place.
    edits: Vec<(u64, Edit)>,
}

impl Schedule {
    pub(crate) fn add(&mut self, responses: u64, edit: Edit) {
        self.edits.push((responses, edit));
    }

    /// Removes and returns what is due after so many responses, in the order of its addition.
    pub(crate) fn take_due(&mut self, responses: u64) -> Vec<Edit> {
        let edits = std::mem::take(&mut self.edits);
        let (due, later): (Vec<_>, _) =
            edits.into_iter().partition(|(after, _)| *after <= responses);

        self.edits = later;
        due.into_iter().map(|(_, edit)| edit).collect()
    }
}
