use segments_core::Segment;

use crate::workspace::Workspace;
use crate::workspace::edit::Edit;
use crate::workspace::error::EditError;
use crate::workspace::schedule::PlannedEdit;

/// Edits, such as people make in Braze's dashboard while a client reads the list. Braze has no API
/// for them; how they change the list is documented, except where a method says otherwise.
impl Workspace {
    /// Creates a segment, newer than all others.
    ///
    /// # Errors
    /// [`EditError::AlreadyExists`] if a segment has this id, archived or not.
    pub fn create(&mut self, segment: Segment) -> Result<(), EditError> {
        self.page_cache.clear();
        self.list.create(segment)
    }

    /// Archives a segment, which removes it from the list. Archiving it again changes nothing.
    ///
    /// # Errors
    /// [`EditError::NotFound`]
    pub fn archive(&mut self, id: &str) -> Result<(), EditError> {
        self.page_cache.clear();
        self.list.archive(id)
    }

    /// Lists an archived segment again, at its place in the order of creation (inferred from the
    /// documented order). Restoring a listed one changes nothing.
    ///
    /// # Errors
    /// [`EditError::NotFound`]
    pub fn restore(&mut self, id: &str) -> Result<(), EditError> {
        self.page_cache.clear();
        self.list.restore(id)
    }

    /// Changes the name of a segment, which keeps its place.
    ///
    /// # Errors
    /// [`EditError::NotFound`]; [`EditError::Invalid`] for more than 4 GiB of text.
    pub fn rename(&mut self, id: &str, name: &str) -> Result<(), EditError> {
        self.page_cache.clear();
        self.list
            .update(id, |old| Segment::new(id, name, old.analytics_tracking_enabled(), old.tags()))
    }

    /// Replaces the tags of a segment, which keeps its place.
    ///
    /// # Errors
    /// [`EditError::NotFound`]; [`EditError::Invalid`] for more than 4 GiB of text.
    pub fn retag<T: AsRef<str>>(
        &mut self,
        id: &str,
        tags: impl IntoIterator<Item = T>,
    ) -> Result<(), EditError> {
        self.page_cache.clear();
        self.list
            .update(id, |old| Segment::new(id, old.name(), old.analytics_tracking_enabled(), tags))
    }

    /// Turns analytics tracking of a segment on or off.
    ///
    /// # Errors
    /// [`EditError::NotFound`]
    pub fn set_tracking(&mut self, id: &str, enabled: bool) -> Result<(), EditError> {
        self.page_cache.clear();
        self.list.update(id, |old| Segment::new(id, old.name(), enabled, old.tags()))
    }
}

/// Edits as values, and between two responses.
impl Workspace {
    /// Makes an edit.
    ///
    /// # Errors
    /// Those of the method that the edit names.
    pub fn edit(&mut self, edit: Edit) -> Result<(), EditError> {
        match &edit {
            Edit::Create(segment) => self.create(segment.clone())?,
            Edit::Archive(id) => self.archive(id)?,
            Edit::Restore(id) => self.restore(id)?,
            Edit::Rename { id, name } => self.rename(id, name)?,
            Edit::Retag { id, tags } => self.retag(id, tags)?,
            Edit::Tracking { id, analytics_tracking_enabled } => {
                self.set_tracking(id, *analytics_tracking_enabled)?;
            }
        }

        self.edit_history.push(self.responses, edit);
        Ok(())
    }

    /// Makes an edit as soon as the workspace has given so many responses in all, so that the next
    /// response is the first to show it. An edit that is not possible by then is dropped.
    ///
    /// ```
    /// use std::time::Duration;
    /// use segments_core::{Api, ApiKey, Endpoint, ListRequest};
    /// use segments_emulator::{Edit, Workspace, sample};
    ///
    /// let list = sample(101, 1);
    /// let mut workspace = Workspace::new().with_key("k").with_segments(list.clone());
    /// workspace.edit_after(1, Edit::Archive(list[7].id().to_owned()));
    ///
    /// let api = Api::new(Endpoint::new("http://127.0.0.1")?, ApiKey::new("k")?);
    /// let mut read = |page| {
    ///     api.read(&workspace.answer(&api.request(ListRequest::page(page)), Duration::ZERO))
    /// };
    /// assert_eq!(read(0)?.len(), 100);
    /// assert!(read(1)?.is_empty()); // The last segment has moved to page 0.
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn edit_after(&mut self, responses: u64, edit: Edit) {
        self.schedule.add(responses, edit);
    }

    /// Makes an edit as soon as this page, counted from 0, has been sent whole, in either order. An
    /// edit that is not possible by then is dropped.
    ///
    /// ```
    /// use std::time::Duration;
    /// use segments_core::{Api, ApiKey, Endpoint, ListRequest};
    /// use segments_emulator::{Edit, Fault, Script, Workspace, sample};
    ///
    /// let list = sample(101, 1);
    /// let faults = Script::new().then(Fault::status(503));
    /// let mut workspace =
    ///     Workspace::new().with_key("k").with_segments(list.clone()).with_faults(faults);
    /// workspace.edit_after_page(0, Edit::Archive(list[7].id().to_owned()));
    ///
    /// let api = Api::new(Endpoint::new("http://127.0.0.1")?, ApiKey::new("k")?);
    /// let request = api.request(ListRequest::page(0));
    /// workspace.answer(&request, Duration::ZERO);
    /// assert_eq!(workspace.len(), 101, "that was the 503");
    /// workspace.answer(&request, Duration::ZERO);
    /// assert_eq!(workspace.len(), 100);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn edit_after_page(&mut self, page: u32, edit: Edit) {
        self.schedule.add_planned(PlannedEdit { after_page: page, edit });
    }

    /// Makes the edits that are due when this page, if any, has been sent.
    pub(crate) fn make_due_edits(&mut self, page: Option<u32>) {
        for edit in self.schedule.take_due(self.responses, page) {
            // Nobody waits for the result of an edit in the dashboard.
            let _ = self.edit(edit);
        }
    }
}
