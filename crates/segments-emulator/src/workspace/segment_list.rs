use std::collections::HashMap;

use segments_core::{ListRequest, Page, Segment, SortDirection};

use crate::workspace::error::EditError;

/// All segments in the order of their creation, and which of them are listed.
#[derive(Debug, Clone, Default)]
pub(crate) struct List {
    segments: Vec<Segment>,
    /// Indices into `segments` of those that are not archived, ascending.
    live: Vec<u32>,
    index: HashMap<String, u32>,
}

impl List {
    pub(crate) fn len(&self) -> usize {
        self.live.len()
    }

    pub(crate) fn get(&self, id: &str) -> Option<&Segment> {
        let at = *self.index.get(id)?;
        self.live.binary_search(&at).ok().map(|_| &self.segments[at as usize])
    }

    /// The listed ones, oldest first.
    pub(crate) fn live(&self) -> impl DoubleEndedIterator<Item = &Segment> + ExactSizeIterator {
        self.live.iter().map(|at| &self.segments[*at as usize])
    }

    /// All, oldest first, and whether each is archived.
    pub(crate) fn records(&self) -> impl Iterator<Item = (&Segment, bool)> {
        let mut live = self.live.iter().peekable();
        (0_u32..).zip(&self.segments).map(move |(at, segment)| {
            let listed = live.next_if(|next| **next == at).is_some();
            (segment, !listed)
        })
    }

    pub(crate) fn page(&self, list: ListRequest, size: u32) -> Page {
        let len = self.live.len();
        let start = (list.page as usize).saturating_mul(size as usize).min(len);
        let end = start.saturating_add(size as usize).min(len);
        let segment = |at: &u32| self.segments[*at as usize].clone();
        match list.sort_direction.unwrap_or_default() {
            SortDirection::Asc => self.live[start..end].iter().map(segment).collect(),
            SortDirection::Desc => {
                self.live[len - end..len - start].iter().rev().map(segment).collect()
            }
        }
    }

    pub(crate) fn create(&mut self, segment: Segment) -> Result<(), EditError> {
        let at = u32::try_from(self.segments.len()).map_err(|_| EditError::Invalid)?;
        if self.index.contains_key(segment.id()) {
            return Err(EditError::Exists);
        }
        self.index.insert(segment.id().to_owned(), at);
        self.live.push(at);
        self.segments.push(segment);
        Ok(())
    }

    pub(crate) fn archive(&mut self, id: &str) -> Result<(), EditError> {
        let at = self.find(id)?;
        if let Ok(place) = self.live.binary_search(&at) {
            self.live.remove(place);
        }
        Ok(())
    }

    pub(crate) fn restore(&mut self, id: &str) -> Result<(), EditError> {
        let at = self.find(id)?;
        if let Err(place) = self.live.binary_search(&at) {
            self.live.insert(place, at);
        }
        Ok(())
    }

    /// Puts what `change` makes of a segment in its place.
    pub(crate) fn change<E>(
        &mut self,
        id: &str,
        change: impl FnOnce(&Segment) -> Result<Segment, E>,
    ) -> Result<(), EditError> {
        let at = self.find(id)? as usize;
        self.segments[at] = change(&self.segments[at]).map_err(|_| EditError::Invalid)?;
        Ok(())
    }

    fn find(&self, id: &str) -> Result<u32, EditError> {
        self.index.get(id).copied().ok_or(EditError::Unknown)
    }
}
