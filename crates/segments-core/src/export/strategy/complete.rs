use serde::{Deserialize, Serialize};

use crate::export::proof::completeness::{CompletenessProof, Doubt, Verdict};
use crate::export::seen::anomaly::Anomaly;
use crate::export::seen::page_key::PageKey;
use crate::export::seen::received_page::ReceivedPage;
use crate::export::seen::seen_segments::{RecordedPage, SeenSegments};
use crate::export::strategy::lookahead::Lookahead;
use crate::export::strategy::page_lengths::PageLengths;
use crate::export::strategy::pass::Pass;
use crate::export::strategy::stall_guard::StallGuard;
use crate::message::error::PagingError;
use crate::message::request::{ListRequest, SortDirection};

/// Reads from both ends until every neighbour pair was seen side by side, and counts.
///
/// ```text
///  ┌──────┐  ┌───────────┐  ┌────────┐  ┌────────────┐  ┌────────┐
///  │ ends │─►│ ascending │─►│ anchor │─►│ descending │─►│ repair │──┐
///  └──────┘  └───────────┘  └────────┘  └────────────┘  └────────┘  │
///               ▲   │                        │              │       │ next round,
///               └───┼────────────────────────┼──────────────┼───────┘ or not proven
///                   ▼                        ▼              ▼
///    proven, as soon as the graph closes and the count agrees
/// ```
///
/// *Ends* is page 0 of both orders, and page 1 goes with them: a list of one page is done with
/// these three. *Ascending* reads to the end, for the count. *Anchor* asks for the last page once more
/// and alone, and only where the graph cannot close by itself, which is when the list ends with
/// a full page. *Descending* reads until the graph closes. *Repair* reads around the first gap.
///
/// A list that seems to be empty is asked for *again*, after a moment, before that is believed.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Complete {
    pub(crate) proof: CompletenessProof,
    stage: Stage,
    asc: Pass,
    desc: Pass,
    stall_guard: StallGuard,
    /// Passes begun so far, and how many there may be.
    passes: u32,
    max_passes: u32,
    round: u32,
    /// The last ascending page of this round.
    last: u32,
    /// What stood first on the last ascending page 0.
    oldest: Option<u32>,
    /// What stood last on the last ascending page with rows.
    newest: Option<u32>,
    /// The descending page 0 of this round was empty.
    desc_empty: bool,
    /// Of the last ascending pass.
    lengths: PageLengths,
    #[serde(skip)]
    pause: bool,
    repair: Repair,
    /// The number of the last pass or single read.
    number: u32,
    verdict: Option<Verdict>,
    /// The order that the verdict was found with; found again after a checkpoint.
    #[serde(skip)]
    order: Option<Vec<u32>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum Stage {
    Ends,
    Ascending,
    Again,
    Anchor,
    Descending,
    Repair,
}

/// The pages still to read around a gap.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Repair {
    frontier: Option<u32>,
    /// The ends of the list were read once more.
    ends: bool,
    pages: Vec<ListRequest>,
    left: u32,
}

/// Single reads of one round. Each costs a look at every segment, and where there are more gaps a
/// whole round mends them at less.
const MOST_REPAIRS: u32 = 64;

/// A page that does not fit together with the others.
type Misfit = (ListRequest, PagingError);

fn on(list: ListRequest) -> impl Fn(PagingError) -> Misfit {
    move |fault| (list, fault)
}

impl Complete {
    pub(crate) fn new(max_passes: u32) -> Self {
        Self {
            proof: CompletenessProof::default(),
            stage: Stage::Ends,
            asc: Pass::new(0, SortDirection::Asc, 0),
            desc: Pass::new(1, SortDirection::Desc, 0),
            stall_guard: StallGuard::default(),
            passes: 2,
            max_passes,
            round: 0,
            last: 0,
            oldest: None,
            newest: None,
            desc_empty: false,
            lengths: PageLengths::default(),
            pause: false,
            repair: Repair::default(),
            number: 1,
            verdict: None,
            order: None,
        }
    }

    /// What came of it, once it has ended.
    pub(crate) fn verdict(&self) -> Option<Verdict> {
        self.verdict
    }

    /// All segments in an order that agrees with every answer, if there is one.
    pub(crate) fn order(&self) -> Option<Vec<u32>> {
        self.order.clone().or_else(|| self.proof.order())
    }

    pub(crate) fn passes(&self) -> u32 {
        self.passes
    }

    /// Whether the next page is to be asked for after a moment, once.
    pub(crate) fn take_pause(&mut self) -> bool {
        std::mem::take(&mut self.pause)
    }

    pub(crate) fn wanted(&self, ahead: Lookahead, longest: usize) -> Vec<PageKey> {
        if self.verdict.is_some() {
            return Vec::new();
        }
        let ahead = Lookahead { whole: self.round > 0, far: 2 * ahead.far, ..ahead };
        match self.stage {
            Stage::Ends => {
                let ends = self.asc.wanted(ahead, 1).chain(self.desc.wanted(ahead, 1));
                let behind = self.asc.wanted(ahead, 2).filter(|page_key| page_key.list.page == 1);
                let near = ends.chain(behind).take(ahead.window as usize);
                near.chain(self.asc.far(ahead)).collect()
            }
            Stage::Again => self.asc.wanted(ahead, 1).collect(),
            Stage::Ascending => {
                let next = self.asc.next();
                // Where the graph has closed already, or nothing has come, the next page is the
                // last.
                let last = self.proof.graph.closed() || self.newest.is_none();
                let likely = if last { next.saturating_add(1) } else { u32::MAX };
                let short =
                    self.asc.early_short(longest).map_or(u32::MAX, |page| page.saturating_add(1));
                self.asc.wanted(ahead, likely.min(short)).collect()
            }
            Stage::Anchor => vec![self.anchor_key()],
            Stage::Descending => {
                // On a quiet list the descending page with the number of the last ascending one
                // is not needed.
                let next = self.desc.next();
                let likely = if next < self.last { self.last } else { next.saturating_add(1) };
                let ahead = Lookahead { whole: true, ..ahead };
                self.desc.wanted(ahead, likely).collect()
            }
            Stage::Repair => self.repair_target().into_iter().collect(),
        }
    }

    /// Takes an answer; true if it was waited for.
    pub(crate) fn absorb(
        &mut self,
        page_key: PageKey,
        answer: ReceivedPage,
        seen: &mut SeenSegments,
    ) -> Result<bool, Misfit> {
        match self.stage {
            Stage::Anchor if page_key == self.anchor_key() => {
                self.read_anchor(page_key, &answer, seen)?;
            }
            Stage::Repair if Some(page_key) == self.repair_target() => {
                self.read_repair(page_key, &answer, seen)?;
            }
            Stage::Anchor | Stage::Repair => return Ok(false),
            _ => {
                let pass =
                    if page_key.pass == self.asc.number() { &mut self.asc } else { &mut self.desc };
                if !pass.put(page_key, answer) {
                    return Ok(false);
                }
                self.drain(seen)?;
            }
        }
        Ok(true)
    }

    /// Reads all pages whose turn has come.
    fn drain(&mut self, seen: &mut SeenSegments) -> Result<(), Misfit> {
        while self.verdict.is_none() {
            let oldest_first = match self.stage {
                Stage::Ends => self.asc.next() == 0,
                Stage::Ascending | Stage::Again => true,
                Stage::Descending => false,
                Stage::Anchor | Stage::Repair => break,
            };
            let pass = if oldest_first { &mut self.asc } else { &mut self.desc };
            let Some((list, answer)) = pass.take() else { break };
            match self.stage {
                Stage::Ends if oldest_first => drop(self.enter_ascending(list, &answer, seen)?),
                Stage::Ends => self.read_ends(list, &answer, seen)?,
                Stage::Again => self.read_again(list, &answer, seen)?,
                Stage::Ascending => self.read_ascending(list, &answer, seen)?,
                _ => self.read_descending(list, &answer, seen)?,
            }
        }
        Ok(())
    }

    /// Enters the next page of the ascending pass.
    fn enter_ascending(
        &mut self,
        list: ListRequest,
        answer: &ReceivedPage,
        seen: &mut SeenSegments,
    ) -> Result<RecordedPage, Misfit> {
        let rows = self.enter(self.asc.number(), list, answer, seen)?;
        if self.asc.number() == 0 {
            self.proof.walk(&rows.numbers);
        }
        if list.page == 0 {
            self.oldest = rows.numbers.first().copied();
            self.newest = None;
            self.lengths = PageLengths::default();
        }
        self.newest = rows.numbers.last().copied().or(self.newest);
        let before = self.lengths.enter(list.page, rows.numbers.len());
        if let Some((page, rows)) = before.filter(|(_, rows)| *rows < seen.longest) {
            let request = ListRequest { page, ..list };
            seen.anomalies.add(Anomaly::ShortPage { request, rows });
        }
        Ok(rows)
    }

    /// Page 0 of the descending order, once that of the other was read.
    fn read_ends(
        &mut self,
        list: ListRequest,
        answer: &ReceivedPage,
        seen: &mut SeenSegments,
    ) -> Result<(), Misfit> {
        let rows = self.proof.enter(self.desc.number(), list, answer, seen).map_err(on(list))?;
        self.desc_empty = rows.numbers.is_empty();
        self.stage = Stage::Ascending;
        Ok(())
    }

    fn read_ascending(
        &mut self,
        list: ListRequest,
        answer: &ReceivedPage,
        seen: &mut SeenSegments,
    ) -> Result<(), Misfit> {
        let rows = self.enter_ascending(list, answer, seen)?.numbers.len();
        if self.proof.graph.contradicted() {
            // Page 1 tells whether the order is ignored, or the whole query: then it is page 0.
            if let Some(page) = self.stall_guard.same_as() {
                let of = ListRequest { page, ..list };
                return Err((list, PagingError::RepeatedPage { of }));
            }
            self.end(seen);
            return Ok(());
        }
        // The first round turns round at a short page. Should more have followed, the graph does not
        // close, and the later rounds read to an empty one.
        let short = rows < seen.longest && self.round == 0;
        // Behind page 0 nothing is expected, and always looked for.
        let end = (rows == 0 || short) && list.page > 0;
        if !end || self.asc.has_rows_ahead() {
            return Ok(());
        }
        self.last = list.page;
        self.stall_guard = StallGuard::default();
        if self.newest.is_none() && self.desc_empty {
            self.ask_again();
            return Ok(());
        }
        self.verify(seen)?;
        // An empty page proves the length of a list that had rows.
        let full = rows == 0 && self.newest.is_some();
        if full && !self.proof.count_proof.is_alone(answer) {
            self.stage = Stage::Anchor;
            self.number = self.number.wrapping_add(1);
            return Ok(());
        }
        if full {
            self.proof.count_proof.set_anchor(list, &[], answer, self.newest);
        }
        // Where there is a path already and no proof, the ends have to be looked at anew.
        self.descend(rows == 0 || self.desc_empty || self.proof.graph.closed());
        Ok(())
    }

    /// Asks for page 0 again, of a list that seems to be empty.
    fn ask_again(&mut self) {
        self.stage = Stage::Again;
        self.pause = true;
        self.number = self.number.wrapping_add(1);
        self.asc = Pass::new(self.number, SortDirection::Asc, 0);
    }

    fn read_again(
        &mut self,
        list: ListRequest,
        answer: &ReceivedPage,
        seen: &mut SeenSegments,
    ) -> Result<(), Misfit> {
        let rows = self.enter_ascending(list, answer, seen)?;
        if rows.numbers.is_empty() {
            self.proof.graph.confirm_empty();
            return self.verify(seen);
        }
        self.stage = Stage::Ascending;
        if self.round == 0 {
            self.stage = Stage::Ends;
            self.number = self.number.wrapping_add(1);
            self.desc = Pass::new(self.number, SortDirection::Desc, 0);
        }
        Ok(())
    }

    fn read_anchor(
        &mut self,
        page_key: PageKey,
        answer: &ReceivedPage,
        seen: &mut SeenSegments,
    ) -> Result<(), Misfit> {
        let PageKey { pass, list } = page_key;
        let rows = self.proof.enter(pass, list, answer, seen).map_err(on(list))?;
        // Rows where the end was: the list has grown, and the graph will do.
        if rows.numbers.is_empty() && self.proof.count_proof.is_alone(answer) {
            self.proof.count_proof.set_anchor(list, &rows.numbers, answer, self.newest);
        }
        self.descend(true);
        Ok(())
    }

    /// Goes on with the descending pass; from page 0 if it must show everything once more.
    fn descend(&mut self, all: bool) {
        self.stage = Stage::Descending;
        if all {
            self.number = self.number.wrapping_add(1);
            self.desc = Pass::new(self.number, SortDirection::Desc, 0);
        }
    }

    fn read_descending(
        &mut self,
        list: ListRequest,
        answer: &ReceivedPage,
        seen: &mut SeenSegments,
    ) -> Result<(), Misfit> {
        let rows = self.enter(self.desc.number(), list, answer, seen)?;
        if list.page == 0 {
            self.desc_empty = rows.numbers.is_empty();
            let nothing = self.newest.is_none() && self.desc_empty;
            if nothing && !self.desc.has_rows_ahead() {
                self.stall_guard = StallGuard::default();
                self.ask_again();
                return Ok(());
            }
        }
        self.verify(seen)?;
        let at_end = rows.numbers.is_empty() || rows.numbers.last().copied() == self.oldest;
        if self.verdict.is_none() && at_end {
            self.enter_early(seen)?;
            self.stall_guard = StallGuard::default();
            self.stage = Stage::Repair;
            self.number = self.number.wrapping_add(1);
            self.repair = Repair { left: MOST_REPAIRS, ..Repair::default() };
            self.plan_repair(seen);
        }
        Ok(())
    }

    fn read_repair(
        &mut self,
        page_key: PageKey,
        answer: &ReceivedPage,
        seen: &mut SeenSegments,
    ) -> Result<(), Misfit> {
        let PageKey { pass, list } = page_key;
        self.proof.enter(pass, list, answer, seen).map_err(on(list))?;
        self.repair.pages.pop();
        self.number = self.number.wrapping_add(1);
        self.repair.left = self.repair.left.saturating_sub(1);
        self.verify(seen)?;
        if self.verdict.is_none() {
            self.plan_repair(seen);
        }
        Ok(())
    }

    /// Chooses the pages around the place where the path from the head ends, if it has moved.
    fn plan_repair(&mut self, seen: &SeenSegments) {
        let Some(order) = self.proof.order() else { return self.end(seen) };
        let frontier = self.proof.graph.frontier(&order);
        if self.proof.graph.closed() {
            // What is connected with no end may have come before it or behind it meanwhile.
            if !std::mem::replace(&mut self.repair.ends, true) {
                let end = |direction| ListRequest::page(0).sort(direction);
                self.repair.pages = [SortDirection::Desc, SortDirection::Asc].map(end).to_vec();
            }
        } else if frontier != self.repair.frontier {
            self.repair.frontier = frontier;
            self.repair.pages = frontier.map_or_else(Vec::new, |number| self.around(number));
        }
        if self.repair.pages.is_empty() || self.repair.left == 0 {
            self.next_round(seen);
        }
    }

    /// The pages on which a segment's newer neighbour can stand, the likeliest last: where it was
    /// seen itself, from where archiving moves it to the page before, and restoring to the next.
    ///
    /// Ascending ones alone: those of the other order cost more requests than they spare.
    fn around(&self, number: u32) -> Vec<ListRequest> {
        let (Some(page), _) = self.proof.count_proof.pages_of(number) else { return Vec::new() };
        let pages = [1, -1, 0].into_iter().filter_map(|offset| page.checked_add_signed(offset));
        pages.map(|page| ListRequest::page(page).sort(SortDirection::Asc)).collect()
    }

    fn next_round(&mut self, seen: &SeenSegments) {
        if self.passes_left() < 2 {
            return self.end(seen);
        }
        self.round = self.round.saturating_add(1);
        self.passes = self.passes.saturating_add(2);
        self.proof.count_proof.next_round();
        self.desc_empty = false;
        self.number = self.number.wrapping_add(1);
        self.asc = Pass::new(self.number, SortDirection::Asc, 0);
        self.stall_guard = StallGuard::default();
        self.stage = Stage::Ascending;
    }

    fn passes_left(&self) -> u32 {
        self.max_passes.saturating_sub(self.passes)
    }

    fn enter(
        &mut self,
        pass: u32,
        list: ListRequest,
        answer: &ReceivedPage,
        seen: &mut SeenSegments,
    ) -> Result<RecordedPage, Misfit> {
        let rows = self.proof.enter(pass, list, answer, seen).map_err(on(list))?;
        self.stall_guard.check(list, &rows).map_err(on(list))?;
        Ok(rows)
    }

    /// Enters what came before its turn and is not waited for any more: what was shown counts.
    /// Returns whether there was anything.
    fn enter_early(&mut self, seen: &mut SeenSegments) -> Result<bool, Misfit> {
        let rows = self.asc.has_rows_ahead() || self.desc.has_rows_ahead();
        for pass in [&mut self.asc, &mut self.desc] {
            for (list, answer) in pass.take_early() {
                self.proof.enter(pass.number(), list, &answer, seen).map_err(on(list))?;
            }
        }
        Ok(rows)
    }

    /// Ends with a proof, and with a contradiction, which no further page can take back.
    fn verify(&mut self, seen: &mut SeenSegments) -> Result<(), Misfit> {
        let (mut verdict, mut order) = self.proof.verify(seen);
        let proven = |verdict| matches!(verdict, Verdict::Linked | Verdict::Counted);
        if proven(verdict) && self.enter_early(seen)? {
            (verdict, order) = self.proof.verify(seen);
        }
        if proven(verdict) || verdict == Verdict::Open(Doubt::Contradicted) {
            (self.verdict, self.order) = (Some(verdict), order);
        }
        Ok(())
    }

    fn end(&mut self, seen: &SeenSegments) {
        let (verdict, order) = self.proof.verify(seen);
        let short = self.lengths.short(seen.longest);
        let verdict = match (verdict, short) {
            (Verdict::Open(Doubt::Gaps | Doubt::Missing(_)), Some((page, rows))) => {
                Verdict::Open(Doubt::ShortPage(self.asc.page_key(page).list, rows))
            }
            _ => verdict,
        };
        (self.verdict, self.order) = (Some(verdict), order);
    }

    fn anchor_key(&self) -> PageKey {
        PageKey { pass: self.number, list: self.asc.page_key(self.last).list }
    }

    fn repair_target(&self) -> Option<PageKey> {
        let list = *self.repair.pages.last()?;
        Some(PageKey { pass: self.number, list })
    }

    /// After a break nobody knows what was archived and restored: the anchor is lost, and taken anew
    /// where the next pages are of use with it only. What was seen and linked stays.
    pub(crate) fn resume(&mut self, max_passes: u32) {
        self.max_passes = max_passes;
        if self.verdict.is_some() || !self.proof.count_proof.is_anchored() {
            return;
        }
        self.proof.count_proof.clear_anchor();
        if self.stage == Stage::Descending {
            self.stage = Stage::Anchor;
            self.number = self.number.wrapping_add(1);
        }
    }

    /// Whether all this is about segments with numbers below `len`.
    pub(crate) fn fits(&self, len: usize) -> bool {
        let known = [self.oldest, self.newest, self.repair.frontier];
        self.proof.fits(len) && known.iter().flatten().all(|number| (*number as usize) < len)
    }
}
