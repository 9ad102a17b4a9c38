use segments_core::Segment;

use crate::workspace::Workspace;
use crate::workspace::error::EditError;

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
