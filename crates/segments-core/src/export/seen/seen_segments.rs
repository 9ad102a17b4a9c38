use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use crate::export::seen::anomaly::{Anomaly, AnomalyLog};
use crate::export::seen::batch::{Batch, Update};
use crate::export::seen::ids::{IdTable, make_room};
use crate::export::seen::request_ids::RequestIds;
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
    /// Of each segment the last answer in which it came.
    seen_in: Vec<u32>,
    /// Of each answer the pass for which it was asked.
    passes: Vec<u32>,
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
    /// The bytes of all pages with anything new, which a list of the segments keeps.
    texts: usize,
    #[serde(default)]
    request_ids: RequestIds,
    /// Some page had the key `segments`.
    #[serde(default)]
    pub(crate) is_keyed: bool,
}

/// What a list needs for one segment beyond its text, while it grows.
const HANDLE: usize = 2 * size_of::<Segment>();

/// The segments of one answer, by number.
pub(crate) struct RecordedPage {
    /// In the answer's order.
    pub(crate) numbers: Vec<u32>,
    /// How many of them had not come in this pass.
    pub(crate) fresh: usize,
    /// Those that came with other attributes than before.
    pub(crate) changed: Vec<u32>,
}

impl SeenSegments {
    pub(crate) fn new(seed: u64, keeps_latest: bool, page_size: usize) -> Self {
        Self {
            ids: IdTable::new(seed),
            attributes: Vec::new(),
            seen_in: Vec::new(),
            passes: Vec::new(),
            ready: VecDeque::new(),
            keeps_latest,
            page_size,
            anomalies: AnomalyLog::default(),
            longest: 0,
            with_rows: 0,
            pages: 0,
            texts: 0,
            request_ids: RequestIds::default(),
            is_keyed: false,
        }
    }

    /// Takes up what was at rest; false if its parts do not fit together.
    pub(crate) fn resume(&mut self, seed: u64, keeps_latest: bool, page_size: usize) -> bool {
        (self.keeps_latest, self.page_size) = (keeps_latest, page_size);
        let answers = self.passes.len();
        let distinct = self.ids.index(seed);
        distinct
            && self.attributes.len() == self.ids.len()
            && self.seen_in.len() == self.ids.len()
            && self.seen_in.iter().all(|answer| (*answer as usize) < answers)
            && self.ready_fits()
    }

    /// Whether the segments that are ready are the last ones seen, and each update is of one that
    /// comes before it.
    fn ready_fits(&self) -> bool {
        let Some(mut given) = self.ids.len().checked_sub(self.waiting()) else { return false };
        for ready in &self.ready {
            let fits = match ready {
                Batch::Segments(segments) => {
                    let mut ids = self.ids.iter_from(given);
                    given += segments.len();
                    let same = |segment: &Segment| ids.next().is_some_and(|id| id == segment.id());
                    !segments.is_empty() && segments.iter().all(same)
                }
                Batch::Updates(updates) => {
                    let known = |update: &Update| (update.index as usize) < given;
                    self.keeps_latest && !updates.is_empty() && updates.iter().all(known)
                }
            };
            if !fits {
                return false;
            }
        }
        true
    }

    /// How many segments wait to be handed out.
    fn waiting(&self) -> usize {
        let segments = |ready: &Batch| match ready {
            Batch::Segments(segments) => segments.len(),
            Batch::Updates(_) => 0,
        };
        self.ready.iter().map(segments).sum()
    }

    /// How many segments have been handed out.
    pub(crate) fn handed_out(&self) -> u64 {
        self.ids.len().saturating_sub(self.waiting()) as u64
    }

    /// The bytes that it takes, and with it the list of what it has handed out, if somebody keeps
    /// that.
    pub(crate) fn memory(&self, keeps_list: bool) -> usize {
        let Self { ids, attributes, seen_in, passes, anomalies, .. } = self;
        let seen = attributes.capacity() * 8 + seen_in.capacity() * 4 + passes.capacity() * 4;
        let list = if keeps_list { ids.len() * HANDLE } else { 0 };
        let texts = if keeps_list { self.texts } else { 0 };
        [ids.memory(), seen, list, texts, anomalies.memory, self.request_ids.memory()]
            .into_iter()
            .fold(0, usize::saturating_add)
    }

    /// Whether a page came out of a cache, as far as it shows. Notes its request id: to be asked
    /// once of each answer.
    pub(crate) fn cache_sign(&mut self, page: &Page) -> Option<CacheSign> {
        let head = page.head();
        let repeated = head.request_id_digest().is_some_and(|id| self.request_ids.repeats(id));
        // An age says that a later answer can be a fresh one; a repetition, that an earlier one
        // may not have been.
        repeated.then_some(CacheSign::RepeatedRequestId).or(head.cache_sign)
    }

    /// Enters a page that came in this pass: as a whole, or not at all.
    ///
    /// # Errors
    /// [`PagingError::RepeatedId`] if a segment stands on it twice.
    pub(crate) fn enter(
        &mut self,
        pass: u32,
        list: ListRequest,
        page: &Page,
    ) -> Result<RecordedPage, PagingError> {
        let before = self.number(page)?;
        self.passes.push(pass);
        self.pages = self.pages.saturating_add(1);
        self.longest = self.longest.max(page.len());
        if !page.is_empty() {
            self.with_rows = self.with_rows.max(list.page.saturating_add(1));
        }
        self.note_page(list, page);

        let numbers = before.iter().map(|(number, _)| *number).collect();
        let mut rows = RecordedPage { numbers, fresh: 0, changed: Vec::new() };
        let (mut batch, mut updates) = (Vec::new(), Vec::new());
        make_room(&mut self.attributes, self.ids.len());
        for (row, (segment, (number, answer))) in page.segments().zip(before).enumerate() {
            let attributes = segment.attributes_digest();
            let Some(answer) = answer else {
                rows.fresh += 1;
                self.attributes.push(attributes);
                self.note_replaced(page, row, &segment);
                batch.push(segment);
                continue;
            };
            let id = || segment.id().to_owned();
            if self.passes[answer as usize] == pass {
                self.anomalies.add(Anomaly::Duplicate { id: id(), request: list });
            } else {
                rows.fresh += 1;
            }
            let known = &mut self.attributes[number as usize];
            if std::mem::replace(known, attributes) != attributes {
                rows.changed.push(number);
                self.note_replaced(page, row, &segment);
                updates.push(Update { index: number, segment: segment.clone() });
                self.anomalies.add(Anomaly::AttributesChanged { id: id() });
            }
        }

        if !batch.is_empty() || !updates.is_empty() {
            self.texts = self.texts.saturating_add(page.memory());
        }
        if !batch.is_empty() {
            self.ready.push_back(Batch::Segments(batch));
        }
        if !updates.is_empty() && self.keeps_latest {
            self.ready.push_back(Batch::Updates(updates));
        }
        Ok(rows)
    }

    /// Numbers the segments of the next answer: each with the last answer that had shown it before,
    /// if there is one. If one stands there twice, nothing is changed.
    fn number(&mut self, page: &Page) -> Result<Vec<(u32, Option<u32>)>, PagingError> {
        // Answers are numbered in 32 bits, which `Export` sees to.
        #[allow(clippy::cast_possible_truncation)]
        let this = self.passes.len() as u32;
        let known = self.ids.len();
        make_room(&mut self.seen_in, known + page.len());
        let mut numbers = Vec::with_capacity(page.len());

        for (row, segment) in page.segments().enumerate() {
            let (number, new) = self.ids.insert(segment.id());
            if new {
                self.seen_in.push(this);
                numbers.push((number, None));
                continue;
            }
            let answer = std::mem::replace(&mut self.seen_in[number as usize], this);
            if answer == this {
                self.ids.truncate(known);
                for (number, answer) in &numbers {
                    self.seen_in[*number as usize] = answer.unwrap_or(this);
                }
                self.seen_in.truncate(known);
                return Err(PagingError::RepeatedId { row });
            }
            numbers.push((number, Some(answer)));
        }
        Ok(numbers)
    }

    fn note_page(&mut self, request: ListRequest, page: &Page) {
        let rows = page.len();
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
}

impl SeenSegments {
    fn note_replaced(&mut self, page: &Page, row: usize, segment: &Segment) {
        if page.is_replaced(row) {
            self.anomalies.replaced = self.anomalies.replaced.saturating_add(1);
            self.anomalies.add(Anomaly::TextReplaced { id: segment.id().to_owned() });
        }
    }
}
