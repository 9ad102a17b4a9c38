use std::collections::VecDeque;
use std::hash::{Hash, Hasher};

use serde::{Deserialize, Serialize};

use crate::evidence::{Evidence, EvidenceLog};
use crate::fault::PagingFault;
use crate::ids::{self, IdTable};
use crate::list::Update;
use crate::page::Page;
use crate::request::ListRequest;
use crate::segment::Segment;

/// What has been seen, whichever way the list is read: each segment once, in order of first sight,
/// ready to be handed out, and the evidence on the way.
#[derive(Debug)]
pub(crate) struct Ledger {
    pub(crate) ids: IdTable,
    seen: Vec<Seen>,
    answers: u32,
    pub(crate) ready: VecDeque<Ready>,
    /// Whether the last version of an edited segment counts, not the first.
    keeps_last: bool,
    pub(crate) evidence: EvidenceLog,
    /// The length of the longest page.
    pub(crate) longest: usize,
    pub(crate) pages: u64,
}

/// What waits to be handed out.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Ready {
    Segments(Vec<Segment>),
    Updates(Vec<Update>),
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct Seen {
    /// A hash of name, tracking and tags.
    attributes: u64,
    /// The last pass in which it came.
    pass: u32,
    /// The last answer in which it came, counted from 1.
    answer: u32,
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
            seen: Vec::new(),
            answers: 0,
            ready: VecDeque::new(),
            keeps_last,
            evidence: EvidenceLog::default(),
            longest: 0,
            pages: 0,
        }
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
        self.answers = self.answers.wrapping_add(1);
        self.pages = self.pages.saturating_add(1);
        self.longest = self.longest.max(page.len());
        self.note_page(list, page);
        let numbers = Vec::with_capacity(page.len());
        let mut rows = Rows { numbers, fresh: 0, changed: Vec::new() };
        let (mut batch, mut updates) = (Vec::new(), Vec::new());
        for (row, segment) in page.segments().enumerate() {
            let (number, new) = self.ids.insert(segment.id());
            let now = Seen { attributes: attributes(&segment), pass, answer: self.answers };
            rows.numbers.push(number);
            if new {
                rows.fresh += 1;
                self.seen.push(now);
                batch.push(segment);
                continue;
            }
            let before = std::mem::replace(&mut self.seen[number as usize], now);
            if before.answer == now.answer {
                return Err(PagingFault::RepeatedId { row });
            }
            let id = || segment.id().to_owned();
            if before.pass == pass {
                self.evidence.add(Evidence::Duplicate { id: id(), request: list });
            } else {
                rows.fresh += 1;
            }
            if before.attributes != now.attributes {
                rows.changed.push(number);
                updates.push(Update { index: number, segment: segment.clone() });
                self.evidence.add(Evidence::AttributesChanged { id: id() });
            }
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
    seen: Vec<Seen>,
    answers: u32,
    ready: Vec<Ready>,
    keeps_last: bool,
    evidence: EvidenceLog,
    longest: usize,
    pages: u64,
}

impl Ledger {
    pub(crate) fn save(&self) -> SavedLedger {
        SavedLedger {
            ids: self.ids.iter().map(str::to_owned).collect(),
            seen: self.seen.clone(),
            answers: self.answers,
            ready: self.ready.iter().cloned().collect(),
            keeps_last: self.keeps_last,
            evidence: self.evidence.clone(),
            longest: self.longest,
            pages: self.pages,
        }
    }

    /// The ledger again, unless its parts do not fit together.
    pub(crate) fn load(saved: SavedLedger, seed: u64) -> Option<Self> {
        let mut ids = IdTable::new(seed);
        let all_new = saved.ids.iter().all(|id| ids.insert(id).1);
        (all_new && ids.len() == saved.seen.len()).then(|| Self {
            ids,
            seen: saved.seen,
            answers: saved.answers,
            ready: saved.ready.into(),
            keeps_last: saved.keeps_last,
            evidence: saved.evidence,
            longest: saved.longest,
            pages: saved.pages,
        })
    }
}
