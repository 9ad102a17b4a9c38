use std::collections::VecDeque;
use std::hash::{Hash, Hasher};

use serde::{Deserialize, Serialize};

use crate::evidence::{Evidence, EvidenceLog};
use crate::fault::PagingFault;
use crate::ids::{self, IdTable, make_room};
use crate::list::Update;
use crate::page::Page;
use crate::request::ListRequest;
use crate::segment::Segment;

/// What has been seen, whichever way the list is read: each segment once, in order of first sight,
/// ready to be handed out, and the evidence on the way.
#[derive(Debug)]
pub(crate) struct Ledger {
    pub(crate) ids: IdTable,
    /// Of each segment a hash of name, tracking and tags, as they came last.
    attributes: Vec<u64>,
    /// Of each segment the last answer in which it came.
    seen_in: Vec<u32>,
    /// Of each answer the pass for which it was asked.
    passes: Vec<u32>,
    pub(crate) ready: VecDeque<Ready>,
    /// Whether the last version of an edited segment counts, not the first.
    keeps_last: bool,
    pub(crate) evidence: EvidenceLog,
    /// The length of the longest page.
    pub(crate) longest: usize,
    pub(crate) pages: u64,
    /// The bytes of all pages with anything new, which a list of the segments keeps.
    texts: usize,
}

/// What a list needs for one segment beyond its text, while it grows.
const HANDLE: usize = 2 * size_of::<Segment>();

/// What waits to be handed out.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Ready {
    Segments(Vec<Segment>),
    Updates(Vec<Update>),
}

/// The segments of one answer, by number.
pub(crate) struct Rows {
    /// In the answer's order.
    pub(crate) numbers: Vec<u32>,
    /// How many of them had not come in this pass.
    pub(crate) fresh: usize,
    /// Those that came with other attributes than before.
    pub(crate) changed: Vec<u32>,
}

impl Ledger {
    pub(crate) fn new(seed: u64, keeps_last: bool) -> Self {
        Self {
            ids: IdTable::new(seed),
            attributes: Vec::new(),
            seen_in: Vec::new(),
            passes: Vec::new(),
            ready: VecDeque::new(),
            keeps_last,
            evidence: EvidenceLog::default(),
            longest: 0,
            pages: 0,
            texts: 0,
        }
    }

    /// The bytes that it takes, and with it the list of what it has handed out, if that is of use
    /// only as a whole.
    pub(crate) fn memory(&self) -> usize {
        let Self { ids, attributes, seen_in, passes, evidence, .. } = self;
        let seen = attributes.capacity() * 8 + seen_in.capacity() * 4 + passes.capacity() * 4;
        let texts = if self.keeps_last { self.texts } else { 0 };
        let list = if self.keeps_last { ids.len() * HANDLE } else { 0 };
        [ids.memory(), seen, list, texts, evidence.memory]
            .into_iter()
            .fold(0, usize::saturating_add)
    }

    /// Enters a page that came in this pass.
    ///
    /// # Errors
    /// [`PagingFault::RepeatedId`] if a segment stands on it twice.
    pub(crate) fn enter(
        &mut self,
        pass: u32,
        list: ListRequest,
        page: &Page,
    ) -> Result<Rows, PagingFault> {
        // Answers are numbered in 32 bits, which `Export` sees to.
        #[allow(clippy::cast_possible_truncation)]
        let this = self.passes.len() as u32;
        self.passes.push(pass);
        self.pages = self.pages.saturating_add(1);
        self.longest = self.longest.max(page.len());
        self.note_page(list, page);
        let numbers = Vec::with_capacity(page.len());
        let mut rows = Rows { numbers, fresh: 0, changed: Vec::new() };
        let (mut batch, mut updates) = (Vec::new(), Vec::new());
        let most = self.ids.len() + page.len();
        make_room(&mut self.attributes, most);
        make_room(&mut self.seen_in, most);
        for (row, segment) in page.segments().enumerate() {
            let (number, new) = self.ids.insert(segment.id());
            let attributes = attributes(&segment);
            rows.numbers.push(number);
            if new {
                rows.fresh += 1;
                self.attributes.push(attributes);
                self.seen_in.push(this);
                batch.push(segment);
                continue;
            }
            let index = number as usize;
            let before = std::mem::replace(&mut self.seen_in[index], this);
            if before == this {
                return Err(PagingFault::RepeatedId { row });
            }
            let id = || segment.id().to_owned();
            if self.passes[before as usize] == pass {
                self.evidence.add(Evidence::Duplicate { id: id(), request: list });
            } else {
                rows.fresh += 1;
            }
            if std::mem::replace(&mut self.attributes[index], attributes) != attributes {
                rows.changed.push(number);
                updates.push(Update { index: number, segment: segment.clone() });
                self.evidence.add(Evidence::AttributesChanged { id: id() });
            }
        }
        if !batch.is_empty() || !updates.is_empty() {
            self.texts = self.texts.saturating_add(page.memory());
        }
        if !batch.is_empty() {
            self.ready.push_back(Ready::Segments(batch));
        }
        if !updates.is_empty() && self.keeps_last {
            self.ready.push_back(Ready::Updates(updates));
        }
        Ok(rows)
    }

    fn note_page(&mut self, request: ListRequest, page: &Page) {
        let rows = page.len();
        if rows > ListRequest::PAGE_SIZE {
            self.evidence.add(Evidence::LongPage { request, rows });
        }
        if page.segments_missing() {
            self.evidence.add(Evidence::SegmentsMissing { request });
        }
        if page.has_minor_errors() {
            self.evidence.add(Evidence::MinorErrors { request });
        }
    }
}

/// What can be edited of a segment.
struct Attributes<'a>(&'a Segment);

impl Hash for Attributes<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.name().hash(state);
        self.0.analytics_tracking_enabled().hash(state);
        self.0.tags().for_each(|tag| tag.hash(state));
    }
}

/// Seedless, so that a checkpoint means the same to another process; a collision would only hide
/// an edit.
fn attributes(segment: &Segment) -> u64 {
    ids::hash(0, &Attributes(segment))
}

/// A [`Ledger`] at rest.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct SavedLedger {
    ids: Vec<String>,
    attributes: Vec<u64>,
    seen_in: Vec<u32>,
    passes: Vec<u32>,
    ready: Vec<Ready>,
    keeps_last: bool,
    evidence: EvidenceLog,
    longest: usize,
    pages: u64,
    texts: usize,
}

impl Ledger {
    pub(crate) fn save(&self) -> SavedLedger {
        SavedLedger {
            ids: self.ids.iter().collect(),
            attributes: self.attributes.clone(),
            seen_in: self.seen_in.clone(),
            passes: self.passes.clone(),
            ready: self.ready.iter().cloned().collect(),
            keeps_last: self.keeps_last,
            evidence: self.evidence.clone(),
            longest: self.longest,
            pages: self.pages,
            texts: self.texts,
        }
    }

    /// The ledger again, unless its parts do not fit together.
    pub(crate) fn load(saved: SavedLedger, seed: u64) -> Option<Self> {
        let mut ids = IdTable::new(seed);
        let all_new = saved.ids.iter().all(|id| ids.insert(id).1);
        let fits = ids.len() == saved.attributes.len()
            && ids.len() == saved.seen_in.len()
            && saved.seen_in.iter().all(|answer| (*answer as usize) < saved.passes.len());
        (all_new && fits).then(|| Self {
            ids,
            attributes: saved.attributes,
            seen_in: saved.seen_in,
            passes: saved.passes,
            ready: saved.ready.into(),
            keeps_last: saved.keeps_last,
            evidence: saved.evidence,
            longest: saved.longest,
            pages: saved.pages,
            texts: saved.texts,
        })
    }
}
