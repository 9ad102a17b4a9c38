use std::collections::HashMap;

use segments_core::{ListRequest, Page, Segment, SortDirection};

use crate::workspace::error::EditError;

/// All segments in the order of creation, archived ones included.
#[derive(Debug, Clone, Default)]
pub(crate) struct SegmentList {
    segments: Vec<Segment>,
    /// Indices into `segments` of those that are not archived, ascending.
    listed: Vec<u32>,
    by_id: HashMap<String, u32>,
}

impl SegmentList {
    /// How many segments are listed.
    pub(crate) fn len(&self) -> usize {
        self.listed.len()
    }

    /// The listed segment with this id.
    pub(crate) fn get(&self, id: &str) -> Option<&Segment> {
        let index = *self.by_id.get(id)?;
        let is_listed = self.listed.binary_search(&index).is_ok();
        is_listed.then(|| &self.segments[index as usize])
    }

    /// The listed segments, oldest first.
    pub(crate) fn listed(&self) -> impl DoubleEndedIterator<Item = &Segment> + ExactSizeIterator {
        self.listed.iter().map(|index| &self.segments[*index as usize])
    }

    /// All segments, oldest first, and whether each is archived.
    pub(crate) fn all(&self) -> impl Iterator<Item = (&Segment, bool)> {
        let mut listed = self.listed.iter().peekable();
        (0_u32..).zip(&self.segments).map(move |(index, segment)| {
            let is_listed = listed.next_if(|next| **next == index).is_some();
            (segment, !is_listed)
        })
    }

    pub(crate) fn page(&self, request: ListRequest, page_size: u32) -> Page {
        let page_size = page_size as usize;
        let len = self.listed.len();
        let start = (request.page as usize).saturating_mul(page_size).min(len);
        let end = start.saturating_add(page_size).min(len);

        let segment = |index: &u32| self.segments[*index as usize].clone();
        match request.sort_direction.unwrap_or_default() {
            SortDirection::Asc => self.listed[start..end].iter().map(segment).collect(),
            SortDirection::Desc => {
                self.listed[len - end..len - start].iter().rev().map(segment).collect()
            }
        }
    }

    pub(crate) fn create(&mut self, segment: Segment) -> Result<(), EditError> {
        let index = u32::try_from(self.segments.len()).map_err(|_| EditError::Invalid)?;
        if self.by_id.contains_key(segment.id()) {
            return Err(EditError::AlreadyExists);
        }

        self.by_id.insert(segment.id().to_owned(), index);
        self.listed.push(index);
        self.segments.push(segment);
        Ok(())
    }

    pub(crate) fn archive(&mut self, id: &str) -> Result<(), EditError> {
        let index = self.index_of(id)?;
        if let Ok(position) = self.listed.binary_search(&index) {
            self.listed.remove(position);
        }
        Ok(())
    }

    pub(crate) fn restore(&mut self, id: &str) -> Result<(), EditError> {
        let index = self.index_of(id)?;
        if let Err(position) = self.listed.binary_search(&index) {
            self.listed.insert(position, index);
        }
        Ok(())
    }

    /// Replaces a segment by what `change` makes of it.
    pub(crate) fn update<E>(
        &mut self,
        id: &str,
        change: impl FnOnce(&Segment) -> Result<Segment, E>,
    ) -> Result<(), EditError> {
        let index = self.index_of(id)? as usize;
        self.segments[index] = change(&self.segments[index]).map_err(|_| EditError::Invalid)?;
        Ok(())
    }

    fn index_of(&self, id: &str) -> Result<u32, EditError> {
        self.by_id.get(id).copied().ok_or(EditError::NotFound)
    }
}
