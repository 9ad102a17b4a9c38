mod pass_end;

use serde::{Deserialize, Serialize};

use crate::export::proof::claims::{self, TwoPasses};
use crate::export::proof::evidence::Evidence;
use crate::export::proof::runs::Runs;
use crate::export::proof::terms::{SnapshotClaim, Strength};
use crate::export::seen::anomaly::Anomaly;
use crate::export::seen::interval::Interval;
use crate::export::seen::page_key::PageKey;
use crate::export::seen::pass_number::PassNumber;
use crate::export::seen::received_page::ReceivedPage;
use crate::export::seen::seen_segments::SeenSegments;
use crate::export::seen::segment_index::SegmentIndex;
use crate::export::strategy::lookahead::Lookahead;
use crate::export::strategy::misfit::{Misfit, on};
use crate::export::strategy::page_lengths::PageLengths;
use crate::export::strategy::pass::Pass;
use crate::export::strategy::stall_guard::StallGuard;
use crate::message::error::{NotProven, PagingError};
use crate::message::request::{ListRequest, SortDirection};

/// Reads passes in turn, ascending and descending, until one confirms the one before it.
///
/// ```text
///   ┌──────┐ end, not alone ┌────────┐
///   │ pass │ ─────────────► │ anchor │      the moment of the snapshot: the last page, alone
///   └──────┘ ◄───────────── └────────┘
///     │  ▲     next pass
///     │  └── end, not confirmed          up to the limit, then not stabilised
///     ▼
///   confirmed: the same sequence (clean), or as many as the list was long (counted)
/// ```
///
/// Here a short page is the end if the page behind it is empty (`short_page_is_end`), where short
/// means shorter than the documented 100 and than the longest page: a smaller measure could be
/// fooled by a list that grows in between. If there is something behind a short page all the same,
/// pages are taken to be as long as the longest, and only two equal passes count, in which no page
/// is shorter but the last.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Snapshot {
    evidence: Evidence,
    pass: Pass,
    stall_guard: StallGuard,
    /// Passes begun so far, and how many there may be.
    passes: u32,
    max_passes: u32,
    /// The pass before, oldest first.
    before: Vec<SegmentIndex>,
    /// It ended with the page that is the anchor.
    before_has_anchor: bool,
    /// This pass so far, in its own order.
    current: Vec<SegmentIndex>,
    /// The last page, while it is requested again.
    last_page: Option<u32>,
    /// The page that is the last, if the one behind it is empty.
    end: Option<End>,
    /// Of this pass.
    lengths: PageLengths,
    #[serde(skip)]
    pause: bool,
    /// Something stood behind a page shorter than documented: pages are as long as the longest.
    is_length_inferred: bool,
    /// When the anchor was true.
    as_of: Option<Interval>,
    /// Segments that were edited since the anchor's pass.
    edited: Vec<SegmentIndex>,
    /// The number of the last pass or single read.
    latest_pass: PassNumber,
    result: Option<Result<Strength, NotProven>>,
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
struct End {
    page: u32,
    rows: usize,
    during: Interval,
    /// It is the anchor. Otherwise it has to be asked for once more, alone.
    is_anchor: bool,
}

impl Snapshot {
    pub(crate) fn new(max_passes: u32) -> Self {
        Self {
            evidence: Evidence::default(),
            pass: Pass::new(PassNumber::FIRST, SortDirection::Asc),
            stall_guard: StallGuard::default(),
            passes: 1,
            max_passes,
            before: Vec::new(),
            before_has_anchor: false,
            current: Vec::new(),
            last_page: None,
            end: None,
            lengths: PageLengths::default(),
            pause: false,
            is_length_inferred: false,
            as_of: None,
            edited: Vec::new(),
            latest_pass: PassNumber::FIRST,
            result: None,
        }
    }

    /// How strong the snapshot is, or why there is none, once it has ended.
    pub(crate) fn result(&self) -> Option<Result<Strength, NotProven>> {
        self.result
    }

    /// The claim, once the snapshot is taken.
    pub(crate) fn claim(&self) -> Option<SnapshotClaim> {
        let strength = self.result?.ok()?;
        Some(SnapshotClaim { as_of: self.as_of?, strength })
    }

    /// The list oldest first, where one page has shown it or two passes agree on it.
    pub(crate) fn sequence(&self) -> Option<Runs> {
        match self.result?.ok()? {
            Strength::Clean => Some(Runs::from(self.before.as_slice())),
            Strength::Atomic => Some(Runs::from(self.current.as_slice())),
            Strength::Counted => None,
        }
    }

    pub(crate) fn edited(&self) -> &[SegmentIndex] {
        &self.edited
    }

    pub(crate) fn evidence(&self) -> &Evidence {
        &self.evidence
    }

    pub(crate) fn passes(&self) -> u32 {
        self.passes
    }

    /// Whether the next page is to be asked for after a moment, once.
    pub(crate) fn take_pause(&mut self) -> bool {
        std::mem::take(&mut self.pause)
    }

    /// The pages wanted now, the most urgent first.
    pub(crate) fn wanted(&self, ahead: Lookahead, longest: usize) -> Vec<PageKey> {
        if self.result.is_some() {
            return Vec::new();
        }
        if let Some(page_key) = self.anchor_key() {
            return vec![page_key];
        }

        // Behind a short page nothing is asked for but the one that confirms it.
        let short = self.pass.early_short(longest);
        let behind_short = short.map_or(u32::MAX, |page| page.saturating_add(2));

        // Nothing is known about the length before the first page.
        let next = self.pass.next();
        let is_first = self.passes == 1 && next == 0;
        let is_alone = is_first || self.end.is_some();
        let likely = if is_alone { next.saturating_add(1) } else { u32::MAX };

        let ahead = Lookahead { is_end_known: self.passes > 1, ..ahead };
        let near = self.pass.wanted(ahead, behind_short.min(likely));
        let probes = is_first.then(|| self.pass.probes(ahead)).into_iter().flatten();
        near.chain(probes).collect()
    }

    fn anchor_key(&self) -> Option<PageKey> {
        let list = self.pass.page_key(self.last_page?).list;
        Some(PageKey { pass: self.latest_pass, list })
    }

    /// Takes a page that is wanted.
    pub(crate) fn handle_page(
        &mut self,
        page_key: PageKey,
        response: ReceivedPage,
        seen: &mut SeenSegments,
    ) -> Result<(), Misfit> {
        if self.last_page.is_some() {
            return self.read_anchor(page_key, &response, seen).map_err(on(page_key.list));
        }

        self.pass.insert(page_key.list.page, response);
        while self.result.is_none() && self.last_page.is_none() {
            let Some((list, response)) = self.pass.pop_next() else { break };
            self.read(list, &response, seen).map_err(on(list))?;
        }
        Ok(())
    }

    fn read(
        &mut self,
        list: ListRequest,
        response: &ReceivedPage,
        seen: &mut SeenSegments,
    ) -> Result<(), PagingError> {
        let recorded = self.evidence.record(self.pass.number(), list, response, seen)?;
        let rows = recorded.rows.len();
        self.stall_guard.check(list, &recorded)?;

        if self.passes == 1 {
            self.evidence.record_first_pass(&recorded.rows);
        }
        self.current.extend(&recorded.rows);
        if self.evidence.count_proof.is_anchored() {
            self.edited.extend(&recorded.edited);
        }
        self.note_length(list, rows, seen);

        // An anchor of this pass says nothing yet.
        let ended = self.end.take();
        let is_confirming = !ended.is_some_and(|end| end.is_anchor);
        if is_confirming && self.take(seen) {
            return Ok(());
        }

        let page_length = self.page_length(seen);
        if rows >= page_length || self.pass.has_rows_ahead() {
            return Ok(());
        }
        if let Some(end) = ended.filter(|_| rows == 0) {
            self.end_pass(end, seen);
            return Ok(());
        }

        let is_anchor = claims::can_be_anchor(&self.evidence, response, page_length);
        if is_anchor {
            self.set_anchor(list, &recorded.rows, response);
        }
        let end = End { page: list.page, rows, during: response.during, is_anchor };
        // An empty page behind a full one needs no other behind it: the other order has to begin
        // with what stood before it.
        let ends_on_boundary = rows == 0 && list.page > 0;
        if ends_on_boundary {
            self.end_pass(end, seen);
        } else {
            self.end = Some(end);
        }
        Ok(())
    }

    /// Notes a short page once more follows.
    fn note_length(&mut self, list: ListRequest, rows: usize, seen: &mut SeenSegments) {
        let Some((page, rows)) = self.lengths.record(list.page, rows) else { return };
        if rows >= self.page_length(seen) {
            return;
        }

        self.is_length_inferred = true;
        // It was no end, and no anchor.
        if self.end.is_some_and(|end| end.is_anchor) {
            self.evidence.count_proof.clear_anchor();
        }
        let request = ListRequest { page, ..list };
        seen.anomalies.add(Anomaly::ShortPage { request, rows });
    }

    /// Takes the snapshot, if this pass proves it.
    fn take(&mut self, seen: &SeenSegments) -> bool {
        let strength = claims::strength(&TwoPasses {
            evidence: &self.evidence,
            page_length: self.page_length(seen),
            is_length_inferred: self.is_length_inferred,
            before: self.before_has_anchor.then_some(self.before.as_slice()),
            confirming: &self.current,
            direction: self.pass.direction(),
            edited: &self.edited,
            has_cut_page: self.lengths.short(seen.longest).is_some(),
            has_rows_ahead: self.pass.has_rows_ahead(),
        });
        let Some(strength) = strength else { return false };

        claims::confirm_empty_list(&mut self.evidence, &self.current);
        self.result = Some(Ok(strength));
        true
    }

    /// Takes the page that was just recorded for the anchor.
    fn set_anchor(&mut self, list: ListRequest, rows: &[SegmentIndex], response: &ReceivedPage) {
        let shown_last = self.current.last().copied();
        self.evidence.count_proof.set_anchor(list, rows, response, shown_last);
    }

    /// How long a full page is taken to be.
    fn page_length(&self, seen: &SeenSegments) -> usize {
        if self.is_length_inferred { seen.longest } else { seen.page_size.max(seen.longest) }
    }

    /// After a break nobody knows what was archived and restored: the pass begins anew.
    pub(crate) fn resume(&mut self, max_passes: u32) {
        self.max_passes = max_passes;
        if self.result.is_some() {
            return;
        }

        self.evidence.count_proof.clear_anchor();
        if let Some(end) = &mut self.end {
            end.is_anchor = false;
        }
        if self.passes > 1 {
            self.last_page = None;
            self.passes -= 1;
            self.begin_pass();
            self.before.clear();
            self.before_has_anchor = false;
        }
    }

    /// The bytes that it takes.
    pub(crate) fn memory(&self) -> usize {
        let passes = self.before.capacity() + self.current.capacity() + self.edited.capacity();
        self.evidence.memory() + passes * size_of::<SegmentIndex>()
    }

    /// Whether all this is about the first `len` segments.
    pub(crate) fn fits(&self, len: usize) -> bool {
        let mut segments = self.before.iter().chain(&self.current).chain(&self.edited);
        self.evidence.fits(len) && segments.all(|segment| segment.get() < len)
    }
}
