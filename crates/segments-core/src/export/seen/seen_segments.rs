use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use crate::export::seen::anomaly::{Anomaly, AnomalyLog};
use crate::export::seen::batch::{Batch, Update};
use crate::export::seen::ids::IdTable;
use crate::export::seen::pass_number::PassNumber;
use crate::export::seen::request_ids::RequestIds;
use crate::export::seen::reserve::reserve_to;
use crate::export::seen::segment_index::SegmentIndex;
use crate::message::error::PagingError;
use crate::message::headers::CacheSign;
use crate::message::request::ListRequest;
use crate::message::response::{Page, Segment};

/// What has been seen, whichever way the list is read: each segment once, in order of first sight,
/// ready to be handed out, and the anomalies on the way.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct SeenSegments {
    pub(crate) ids: IdTable,
    /// Of each segment a digest of name, tracking and tags, as they came last.
    attributes: Vec<u64>,
    /// Of each segment the last page that has shown it: an index into `passes`.
    last_seen_on: Vec<u32>,
    /// Of each page the pass for which it was asked, in the order of their coming.
    passes: Vec<PassNumber>,
    /// Batches that are ready to be handed out.
    pub(crate) ready: VecDeque<Batch>,
    /// Whether the last version of an edited segment counts, not the first.
    #[serde(skip)]
    keeps_latest: bool,
    /// The documented length of a page.
    #[serde(skip)]
    pub(crate) page_size: usize,
    pub(crate) anomalies: AnomalyLog,
    /// The length of the longest page.
    pub(crate) longest: usize,
    /// Pages that had rows: one more than the number of the last of them. Not in a checkpoint,
    /// because it only says how far ahead to ask.
    #[serde(skip)]
    pub(crate) with_rows: u32,
    pub(crate) pages: u64,
    /// Updates so far, those that are ready included.
    updates: u64,
    /// The bytes of all pages with anything new, which a list of the segments keeps.
    texts: usize,
    #[serde(default)]
    request_ids: RequestIds,
    /// Some page had the key `segments`.
    #[serde(default)]
    pub(crate) is_keyed: bool,
}

/// What a list in its final form needs for one segment beyond its text, in bytes.
const HANDLE: usize = size_of::<Segment>();

/// The segments of one page.
pub(crate) struct RecordedPage {
    /// In the order of the page.
    pub(crate) rows: Vec<SegmentIndex>,
    /// How many of them no earlier page of this pass has shown.
    pub(crate) new_in_pass: usize,
    /// Those that came with other attributes than before.
    pub(crate) edited: Vec<SegmentIndex>,
}

/// A segment of a page, and the page that had shown it last. If it is new, that is this page.
#[derive(Clone, Copy)]
struct Sighting {
    segment: SegmentIndex,
    seen_on: u32,
}

impl SeenSegments {
    pub(crate) fn new(seed: u64, keeps_latest: bool, page_size: usize) -> Self {
        Self {
            ids: IdTable::new(seed),
            attributes: Vec::new(),
            last_seen_on: Vec::new(),
            passes: Vec::new(),
            ready: VecDeque::new(),
            keeps_latest,
            page_size,
            anomalies: AnomalyLog::default(),
            longest: 0,
            with_rows: 0,
            pages: 0,
            updates: 0,
            texts: 0,
            request_ids: RequestIds::default(),
            is_keyed: false,
        }
    }

    /// Resumes from a checkpoint; false if its parts do not fit together.
    pub(crate) fn resume(&mut self, seed: u64, keeps_latest: bool, page_size: usize) -> bool {
        (self.keeps_latest, self.page_size) = (keeps_latest, page_size);
        let ids_are_distinct = self.ids.index(seed);

        let is_known = |page: &u32| (*page as usize) < self.passes.len();
        ids_are_distinct
            && self.attributes.len() == self.ids.len()
            && self.last_seen_on.len() == self.ids.len()
            && self.last_seen_on.iter().all(is_known)
            && self.ready_fits()
    }

    /// Whether the segments that are ready are the last ones seen, and each update is of one that
    /// comes before it.
    fn ready_fits(&self) -> bool {
        let (segments, updates) = self.waiting();
        let handed_out = self.ids.len().checked_sub(segments);
        let Some(mut known) = handed_out.filter(|_| updates <= self.updates) else { return false };

        for batch in &self.ready {
            let fits = match batch {
                Batch::Segments(segments) => {
                    let mut ids = self.ids.iter_from(known);
                    known += segments.len();
                    let is_next =
                        |segment: &Segment| ids.next().is_some_and(|id| id == segment.id());
                    !segments.is_empty() && segments.iter().all(is_next)
                }
                Batch::Updates(updates) => {
                    let is_known = |update: &Update| (update.index as usize) < known;
                    self.keeps_latest && !updates.is_empty() && updates.iter().all(is_known)
                }
            };

            if !fits {
                return false;
            }
        }
        true
    }

    /// How many segments, and how many updates, wait to be handed out.
    fn waiting(&self) -> (usize, u64) {
        self.ready.iter().fold((0, 0), |(segments, updates), batch| match batch {
            Batch::Segments(batch) => (segments + batch.len(), updates),
            Batch::Updates(batch) => (segments, updates + batch.len() as u64),
        })
    }

    /// How many segments have been handed out.
    pub(crate) fn segments_handed_out(&self) -> u64 {
        self.ids.len().saturating_sub(self.waiting().0) as u64
    }

    /// How many updates have been handed out.
    pub(crate) fn updates_handed_out(&self) -> u64 {
        self.updates.saturating_sub(self.waiting().1)
    }

    /// The bytes that it takes, and with it the list of what it has handed out, if somebody keeps
    /// that.
    pub(crate) fn memory(&self, keeps_list: bool) -> usize {
        let Self { ids, attributes, last_seen_on, passes, anomalies, .. } = self;
        let seen = attributes.capacity() * 8 + last_seen_on.capacity() * 4 + passes.capacity() * 4;
        let list = if keeps_list { ids.len() * HANDLE } else { 0 };
        let texts = if keeps_list { self.texts } else { 0 };

        [ids.memory(), seen, list, texts, anomalies.memory, self.request_ids.memory()]
            .into_iter()
            .fold(0, usize::saturating_add)
    }

    /// Whether a page came out of a cache, as far as it shows. Notes its request id, so it must be
    /// asked once about each response.
    pub(crate) fn cache_sign(&mut self, page: &Page) -> Option<CacheSign> {
        let head = page.head();
        let repeated = head.request_id_digest().is_some_and(|id| self.request_ids.repeats(id));

        // An age says that a later response can be a fresh one; a repetition, that an earlier one
        // may not have been.
        repeated.then_some(CacheSign::RepeatedRequestId).or(head.cache_sign)
    }

    /// Records a page of this pass: as a whole, or not at all.
    ///
    /// # Errors
    /// [`PagingError::RepeatedId`] if a segment is on it twice.
    pub(crate) fn record(
        &mut self,
        pass: PassNumber,
        list: ListRequest,
        page: &Page,
    ) -> Result<RecordedPage, PagingError> {
        let known = self.ids.len();
        let sightings = self.look_up(page)?;
        self.passes.push(pass);
        self.note_page(list, page);

        let rows = sightings.iter().map(|sighting| sighting.segment).collect();
        let mut recorded = RecordedPage { rows, new_in_pass: 0, edited: Vec::new() };
        let mut batch = Vec::with_capacity(self.ids.len() - known);
        let mut updates = Vec::new();
        reserve_to(&mut self.attributes, self.ids.len());

        for (row, Sighting { segment, seen_on }) in (0..).zip(sightings) {
            let attributes = page.attributes_digest(row);

            if segment.get() >= known {
                recorded.new_in_pass += 1;
                self.attributes.push(attributes);
                if page.is_replaced(row) {
                    self.note_replaced(page, row);
                }
                batch.push(page.segment(row));
                continue;
            }

            if self.passes[seen_on as usize] == pass {
                let id = page.segment(row).id().to_owned();
                self.anomalies.add(Anomaly::Duplicate { id, request: list });
            } else {
                recorded.new_in_pass += 1;
            }

            let before = &mut self.attributes[segment.get()];
            let is_edited = std::mem::replace(before, attributes) != attributes;
            if is_edited {
                recorded.edited.push(segment);
                if page.is_replaced(row) {
                    self.note_replaced(page, row);
                }
                let id = page.segment(row).id().to_owned();
                updates.push(Update { index: segment.0, segment: page.segment(row) });
                self.anomalies.add(Anomaly::AttributesChanged { id });
            }
        }

        self.hand_out(page, batch, updates);
        Ok(recorded)
    }

    /// Looks up the segments of the next page, and numbers those that are new. If one is on it
    /// twice, nothing is changed.
    fn look_up(&mut self, page: &Page) -> Result<Vec<Sighting>, PagingError> {
        // Every page was a response, and `Export` takes fewer than 2^32 of them.
        #[allow(clippy::cast_possible_truncation)]
        let this_page = self.passes.len() as u32;
        let known = self.ids.len();
        reserve_to(&mut self.last_seen_on, known + page.len());
        let mut sightings = Vec::with_capacity(page.len());

        for (row, id) in page.ids().enumerate() {
            let (segment, is_new) = self.ids.insert(id);
            if is_new {
                self.last_seen_on.push(this_page);
                sightings.push(Sighting { segment, seen_on: this_page });
                continue;
            }

            let seen_on = std::mem::replace(&mut self.last_seen_on[segment.get()], this_page);
            if seen_on == this_page {
                self.forget(known, &sightings);
                return Err(PagingError::RepeatedId { row });
            }
            sightings.push(Sighting { segment, seen_on });
        }
        Ok(sightings)
    }

    /// Takes back what a page has changed that is refused. The segments `known` before it stay.
    fn forget(&mut self, known: usize, sightings: &[Sighting]) {
        for Sighting { segment, seen_on } in sightings {
            if segment.get() < known {
                self.last_seen_on[segment.get()] = *seen_on;
            }
        }
        self.last_seen_on.truncate(known);
        self.ids.truncate(known);
    }

    /// Makes ready what is new on a page, and what was edited.
    fn hand_out(&mut self, page: &Page, batch: Vec<Segment>, updates: Vec<Update>) {
        if !batch.is_empty() || !updates.is_empty() {
            self.texts = self.texts.saturating_add(page.memory());
        }
        if !batch.is_empty() {
            self.ready.push_back(Batch::Segments(batch));
        }
        if !updates.is_empty() && self.keeps_latest {
            self.updates = self.updates.saturating_add(updates.len() as u64);
            self.ready.push_back(Batch::Updates(updates));
        }
    }

    fn note_page(&mut self, request: ListRequest, page: &Page) {
        let rows = page.len();
        self.pages = self.pages.saturating_add(1);
        self.longest = self.longest.max(rows);
        if rows > 0 {
            self.with_rows = self.with_rows.max(request.page.saturating_add(1));
        }

        if rows > self.page_size {
            self.anomalies.add(Anomaly::LongPage { request, rows });
        }
        self.is_keyed |= !page.segments_missing();
        if page.segments_missing() {
            self.anomalies.add(Anomaly::SegmentsMissing { request });
        }
        if page.has_minor_errors() {
            self.anomalies.add(Anomaly::MinorErrors { request });
        }
    }

    fn note_replaced(&mut self, page: &Page, row: u32) {
        self.anomalies.replaced = self.anomalies.replaced.saturating_add(1);
        let id = page.segment(row).id().to_owned();
        self.anomalies.add(Anomaly::TextReplaced { id });
    }
}
