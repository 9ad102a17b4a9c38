use std::collections::HashMap;
use std::ops::Range;

use segments_core::{ListRequest, Page, Segment, SortDirection};

use crate::workspace::error::EditError;

/// All segments in the order of creation, archived ones included.
#[derive(Debug, Clone, Default)]
pub(crate) struct SegmentList {
    segments: Vec<Segment>,
    /// Indices into `segments` of those that are not archived, ascending.
    listed: Vec<u32>,
    by_id: HashMap<String, u32>,
    /// For each of `segments`, which response sent it last, counted from 1; 0 if none did.
    sent: Vec<u64>,
}

/// A segment, archived or not, with its state.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SegmentState<'a> {
    pub(crate) segment: &'a Segment,
    /// Its place in the list, counted from 0; `None` if it is archived.
    pub(crate) place: Option<usize>,
    /// Which response sent it last, counted from 1; 0 if none did.
    pub(crate) sent: u64,
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

    /// All segments, oldest first.
    pub(crate) fn all(&self) -> impl Iterator<Item = SegmentState<'_>> {
        let mut listed = self.listed.iter().enumerate().peekable();
        (0_u32..).zip(self.segments.iter().zip(&self.sent)).map(move |(index, (segment, sent))| {
            let place = listed.next_if(|(_, next)| **next == index).map(|(place, _)| place);
            SegmentState { segment, place, sent: *sent }
        })
    }

    /// The segment with this id, archived or not.
    pub(crate) fn get_any(&self, id: &str) -> Option<&Segment> {
        Some(&self.segments[*self.by_id.get(id)? as usize])
    }

    pub(crate) fn page(&self, request: ListRequest, page_size: u32) -> Page {
        let segment = |index: &u32| self.segments[*index as usize].clone();

        let rows = self.listed[self.rows(request, page_size)].iter().map(segment);
        match request.sort_direction.unwrap_or_default() {
            SortDirection::Asc => rows.collect(),
            SortDirection::Desc => rows.rev().collect(),
        }
    }

    /// Notes that the response with this number sends a page.
    pub(crate) fn mark_sent(&mut self, request: ListRequest, page_size: u32, response: u64) {
        for index in &self.listed[self.rows(request, page_size)] {
            self.sent[*index as usize] = response;
        }
    }

    /// The places of the rows of a page in `listed`.
    fn rows(&self, request: ListRequest, page_size: u32) -> Range<usize> {
        let page_size = page_size as usize;
        let len = self.listed.len();
        let start = (request.page as usize).saturating_mul(page_size).min(len);
        let end = start.saturating_add(page_size).min(len);

        match request.sort_direction.unwrap_or_default() {
            SortDirection::Asc => start..end,
            SortDirection::Desc => len - end..len - start,
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
        self.sent.push(0);
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
