use serde::{Deserialize, Serialize};

use crate::export::proof::claims::Strength;
use crate::export::proof::completeness::{CompletenessProof, Doubt, Verdict};
use crate::export::seen::anomaly::Anomaly;
use crate::export::seen::interval::Interval;
use crate::export::seen::page_key::PageKey;
use crate::export::seen::received_page::ReceivedPage;
use crate::export::seen::seen_segments::SeenSegments;
use crate::export::strategy::lookahead::Lookahead;
use crate::export::strategy::page_lengths::PageLengths;
use crate::export::strategy::pass::Pass;
use crate::export::strategy::stall_guard::StallGuard;
use crate::message::error::PagingError;
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
/// Here a short page is the end (R3) if the page behind it is empty, where short means shorter than
/// the documented 100 and than the longest page: a smaller measure could be fooled by a list that
/// grows in between. If there is something behind a short page all the same, pages are taken to be
/// as long as the longest, and only two equal passes count, in which no page is shorter but the
/// last. And nothing counts but what agrees with everything that its two passes have shown.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Snapshot {
    pub(crate) proof: CompletenessProof,
    pass: Pass,
    stall_guard: StallGuard,
    /// Passes begun so far, and how many there may be.
    passes: u32,
    max_passes: u32,
    /// The documented length of a page.
    /// The pass before, oldest first.
    before: Vec<u32>,
    /// It ended with the page that is the anchor.
    whole: bool,
    /// A page of the pass before that was shorter than others although more followed.
    short_before: Option<(ListRequest, usize)>,
    /// This pass so far, in its own order.
    current: Vec<u32>,
    /// The last page, while it is asked for again.
    last: Option<u32>,
    /// The page that is the last, if the one behind it is empty.
    end: Option<End>,
    /// Of this pass.
    lengths: PageLengths,
    #[serde(skip)]
    pause: bool,
    /// Something stood behind a page shorter than documented: pages are as long as the longest.
    shorter: bool,
    /// When the anchor was true.
    as_of: Option<Interval>,
    /// What the anchor has shown, in its own order.
    anchored: Vec<u32>,
    /// Segments that were edited since the anchor's pass.
    pub(crate) edited_meanwhile: Vec<u32>,
    number: u32,
    verdict: Option<SnapshotVerdict>,
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
struct End {
    page: u32,
    rows: usize,
    during: Interval,
    /// It is the anchor. Otherwise it has to be asked for once more, alone.
    is_anchor: bool,
}

/// What a snapshot came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum SnapshotVerdict {
    Taken(Strength),
    ShortPage(ListRequest, usize),
    Contradicted,
    NotStabilised,
}

impl Snapshot {
    pub(crate) fn new(max_passes: u32) -> Self {
        Self {
            proof: CompletenessProof::default(),
            pass: Pass::new(0, SortDirection::Asc, 0),
            stall_guard: StallGuard::default(),
            passes: 1,
            max_passes,
            before: Vec::new(),
            whole: false,
            short_before: None,
            current: Vec::new(),
            last: None,
            end: None,
            lengths: PageLengths::default(),
            pause: false,
            shorter: false,
            as_of: None,
            anchored: Vec::new(),
            edited_meanwhile: Vec::new(),
            number: 0,
            verdict: None,
        }
    }

    pub(crate) fn verdict(&self) -> Option<SnapshotVerdict> {
        self.verdict
    }

    pub(crate) fn passes(&self) -> u32 {
        self.passes
    }

    /// Whether the next page is to be asked for after a moment, once.
    pub(crate) fn take_pause(&mut self) -> bool {
        std::mem::take(&mut self.pause)
    }

    pub(crate) fn as_of(&self) -> Option<Interval> {
        self.as_of
    }

    /// The sequence, where one answer showed it or two passes agree on it.
    pub(crate) fn sequence(&self) -> Option<Vec<u32>> {
        match self.verdict? {
            SnapshotVerdict::Taken(Strength::Clean) => Some(self.before.clone()),
            SnapshotVerdict::Taken(Strength::Atomic) => Some(self.current.clone()),
            _ => None,
        }
    }

    pub(crate) fn wanted(&self, ahead: Lookahead, longest: usize) -> Vec<PageKey> {
        if self.verdict.is_some() {
            return Vec::new();
        }
        if let Some(page_key) = self.anchor_key() {
            return vec![page_key];
        }
        // Behind a short page nothing is asked for but the one that confirms it.
        let short = self.pass.early_short(longest).map_or(u32::MAX, |page| page.saturating_add(2));
        // Nothing is known about the length before the first page.
        let next = self.pass.next();
        let first = self.passes == 1 && next == 0;
        let likely = if first || self.end.is_some() { next.saturating_add(1) } else { u32::MAX };
        let ahead = Lookahead { whole: self.passes > 1, ..ahead };
        let near = self.pass.wanted(ahead, short.min(likely));
        let far = first.then(|| self.pass.far(ahead)).into_iter().flatten();
        near.chain(far).collect()
    }

    /// Takes an answer; true if it was waited for.
    pub(crate) fn absorb(
        &mut self,
        page_key: PageKey,
        answer: ReceivedPage,
        seen: &mut SeenSegments,
    ) -> Result<bool, (ListRequest, PagingError)> {
        if let Some(anchor) = self.anchor_key() {
            if page_key != anchor {
                return Ok(false);
            }
            self.read_anchor(page_key, &answer, seen).map_err(|fault| (page_key.list, fault))?;
            return Ok(true);
        }
        if !self.pass.put(page_key, answer) {
            return Ok(false);
        }
        while self.verdict.is_none() && self.last.is_none() {
            let Some((list, answer)) = self.pass.take() else { break };
            self.read(list, &answer, seen).map_err(|fault| (list, fault))?;
        }
        Ok(true)
    }

    fn read(
        &mut self,
        list: ListRequest,
        answer: &ReceivedPage,
        seen: &mut SeenSegments,
    ) -> Result<(), PagingError> {
        let rows = self.proof.enter(self.pass.number(), list, answer, seen)?;
        self.stall_guard.check(list, &rows)?;
        if self.passes == 1 {
            self.proof.walk(&rows.numbers);
        }
        self.current.extend(&rows.numbers);
        if self.proof.count_proof.is_anchored() {
            self.edited_meanwhile.extend(&rows.changed);
        }
        self.note_length(list, rows.numbers.len(), seen);
        let ended = self.end.take();
        let full = self.full(seen);
        // An anchor of this pass says nothing yet.
        let is_new = ended.is_some_and(|end| end.is_anchor);
        if !is_new && self.proof.counted(full) && self.agrees(seen) && self.take() {
            return Ok(());
        }
        if rows.numbers.len() >= full || self.pass.has_rows_ahead() {
            return Ok(());
        }
        if let Some(end) = ended.filter(|_| rows.numbers.is_empty()) {
            self.end_pass(end, seen);
            return Ok(());
        }
        let is_anchor = self.proof.count_proof.is_alone(answer);
        if is_anchor {
            let shown_last = self.current.last().copied();
            self.proof.count_proof.set_anchor(list, &rows.numbers, answer, shown_last);
            self.anchored.clone_from(&rows.numbers);
        }
        let end =
            End { page: list.page, rows: rows.numbers.len(), during: answer.during, is_anchor };
        // An empty page behind a full one needs no other behind it: the other order has to begin
        // with what stood before it.
        if rows.numbers.is_empty() && list.page > 0 {
            self.end_pass(end, seen);
        } else {
            self.end = Some(end);
        }
        Ok(())
    }

    /// Notes a short page once more follows.
    fn note_length(&mut self, list: ListRequest, rows: usize, seen: &mut SeenSegments) {
        let Some((page, rows)) = self.lengths.enter(list.page, rows) else { return };
        if rows >= self.full(seen) {
            return;
        }
        self.shorter = true;
        // It was no end, and no anchor.
        if self.end.is_some_and(|end| end.is_anchor) {
            self.proof.count_proof.clear_anchor();
        }
        let request = ListRequest { page, ..list };
        seen.anomalies.add(Anomaly::ShortPage { request, rows });
    }

    /// Whether the answers agree with what is counted: no page of this pass is cut, and everything
    /// that it has shown was listed at the anchor.
    fn agrees(&self, seen: &SeenSegments) -> bool {
        let at_anchor = |number: &u32| self.proof.count_proof.at_anchor(*number);
        self.lengths.short(seen.longest).is_none()
            && !self.pass.has_rows_ahead()
            && self.current.iter().all(at_anchor)
            // What had rows and answers without any is sooner out of order than empty.
            && (seen.ids.len() == 0 || !self.current.is_empty())
    }

    /// Takes what is counted, if that is enough.
    fn take(&mut self) -> bool {
        let clean =
            self.whole && self.edited_meanwhile.is_empty() && self.before == self.ascending();
        // Where the length of a page is only inferred, the count alone could be fooled by a
        // list that has grown in between.
        if !clean && (self.shorter || !self.ends_as_anchored()) {
            return false;
        }
        if self.current.is_empty() {
            // Both orders show it, with a moment in between.
            self.proof.graph.confirm_empty();
        }
        let strength = if clean { Strength::Clean } else { Strength::Counted };
        self.verdict = Some(SnapshotVerdict::Taken(strength));
        true
    }

    /// Whether the list ends with the page that was read at its moment. If that page and one of this
    /// pass are cut by as many rows, the count is right all the same.
    fn ends_as_anchored(&self) -> bool {
        let mut list = self.proof.listed_at_anchor();
        if self.proof.count_proof.anchored_in() == Some(SortDirection::Desc) {
            list.reverse();
        }
        list.ends_with(&self.anchored)
    }

    /// Ends the pass with this page, behind which there is nothing.
    fn end_pass(&mut self, end: End, seen: &SeenSegments) {
        if self.passes == 1 && end.page == 0 && end.rows > 0 {
            self.as_of = Some(end.during);
            self.verdict = Some(SnapshotVerdict::Taken(Strength::Atomic));
            return;
        }
        if end.is_anchor {
            self.as_of = Some(end.during);
            self.next_pass(true, seen);
        } else {
            self.last = Some(end.page);
            self.number = self.number.wrapping_add(1);
        }
    }

    fn read_anchor(
        &mut self,
        page_key: PageKey,
        answer: &ReceivedPage,
        seen: &mut SeenSegments,
    ) -> Result<(), PagingError> {
        let rows = self.proof.enter(page_key.pass, page_key.list, answer, seen)?;
        self.last = None;
        let alone = self.proof.count_proof.is_alone(answer);
        // An empty page is believed for what its pass has shown last, which would be gone with it.
        let emptied = rows.numbers.is_empty() && self.has_read(page_key.list);
        if rows.numbers.len() < self.full(seen) && alone && !emptied {
            let last = self.current.last().copied();
            self.proof.count_proof.set_anchor(page_key.list, &rows.numbers, answer, last);
            self.as_of = Some(answer.during);
            self.anchored.clone_from(&rows.numbers);
        } else {
            self.proof.count_proof.clear_anchor();
        }
        // The page stands at the end of the pass; if it has changed, the pass is not clean.
        let whole = self.current.ends_with(&rows.numbers);
        self.next_pass(whole, seen);
        Ok(())
    }

    /// Whether this pass has found rows on its last page.
    fn has_read(&self, list: ListRequest) -> bool {
        let pages = self.current.last().map(|last| self.proof.count_proof.pages_of(*last));
        let (ascending, descending) = pages.unwrap_or_default();
        let page = match self.pass.direction() {
            SortDirection::Asc => ascending,
            SortDirection::Desc => descending,
        };
        page == Some(list.page)
    }

    fn next_pass(&mut self, whole: bool, seen: &SeenSegments) {
        let short = self.lengths.short(seen.longest);
        self.short_before = short.map(|(page, rows)| (self.pass.page_key(page).list, rows));
        if self.passes >= self.max_passes {
            self.verdict = Some(self.why_not(seen));
            return;
        }
        // A list that seems to be empty is asked again after a moment.
        self.pause = self.current.is_empty();
        self.whole = whole;
        self.before = self.ascending();
        self.begin_pass();
    }

    fn begin_pass(&mut self) {
        self.current.clear();
        self.edited_meanwhile.clear();
        self.end = None;
        self.lengths = PageLengths::default();
        self.stall_guard = StallGuard::default();
        self.passes = self.passes.saturating_add(1);
        self.number = self.number.wrapping_add(1);
        let direction = match self.pass.direction() {
            SortDirection::Asc => SortDirection::Desc,
            SortDirection::Desc => SortDirection::Asc,
        };
        self.pass = Pass::new(self.number, direction, 0);
    }

    fn why_not(&self, seen: &SeenSegments) -> SnapshotVerdict {
        if let Some((request, rows)) = self.short_before {
            return SnapshotVerdict::ShortPage(request, rows);
        }
        match self.proof.verify(seen).0 {
            Verdict::Open(Doubt::Contradicted | Doubt::Unconnected) => {
                SnapshotVerdict::Contradicted
            }
            _ => SnapshotVerdict::NotStabilised,
        }
    }

    /// This pass, oldest first.
    fn ascending(&self) -> Vec<u32> {
        let mut numbers = self.current.clone();
        if self.pass.direction() == SortDirection::Desc {
            numbers.reverse();
        }
        numbers
    }

    fn full(&self, seen: &SeenSegments) -> usize {
        if self.shorter { seen.longest } else { seen.page_size.max(seen.longest) }
    }

    fn anchor_key(&self) -> Option<PageKey> {
        let list = self.pass.page_key(self.last?).list;
        Some(PageKey { pass: self.number, list })
    }

    /// After a break nobody knows what was archived and restored: the pass begins anew.
    pub(crate) fn resume(&mut self, max_passes: u32) {
        self.max_passes = max_passes;
        if self.verdict.is_some() {
            return;
        }
        self.proof.count_proof.clear_anchor();
        if let Some(end) = &mut self.end {
            end.is_anchor = false;
        }
        if self.passes > 1 {
            self.last = None;
            self.passes -= 1;
            self.begin_pass();
            self.before.clear();
            self.whole = false;
            self.short_before = None;
        }
    }

    /// The bytes that it takes.
    pub(crate) fn memory(&self) -> usize {
        let passes =
            self.before.capacity() + self.current.capacity() + self.edited_meanwhile.capacity();
        self.proof.memory() + passes * size_of::<u32>()
    }

    /// Whether all this is about segments with numbers below `len`.
    pub(crate) fn fits(&self, len: usize) -> bool {
        let of_passes = self.before.iter().chain(&self.current);
        let numbers = of_passes.chain(&self.edited_meanwhile).chain(&self.anchored);
        self.proof.fits(len) && numbers.into_iter().all(|number| (*number as usize) < len)
    }
}
