use serde::{Deserialize, Serialize};

use crate::fault::PagingFault;
use crate::fetch::Target;
use crate::ledger::{Ledger, Rows};
use crate::pass::{Answer, Pass};
use crate::progress::Progress;
use crate::request::{ListRequest, SortDirection};
use crate::survey::{Doubt, Judgement, Survey};

/// Reads from both ends until every neighbour pair was seen side by side, and counts.
///
/// ```text
///  ┌──────┐  ┌───────────┐  ┌─────┐  ┌────────────┐  ┌────────┐
///  │ ends │─►│ ascending │─►│ pin │─►│ descending │─►│ repair │──┐
///  └──────┘  └───────────┘  └─────┘  └────────────┘  └────────┘  │
///      │        ▲   │                     │              │       │ next round,
///      │        └───┼─────────────────────┼──────────────┼───────┘ or not proven
///      ▼            ▼                     ▼              ▼
///    proven, as soon as the links close and the count agrees
/// ```
///
/// *Ends* is page 0 of both orders: a short list is done with them. *Ascending* reads to the end,
/// for the count. *Pin* asks for the last page once more and alone, and only where the links
/// cannot close by themselves, which is when the list ends with a full page. *Descending* reads
/// until the links close. *Repair* reads around the first gap.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Complete {
    pub(crate) survey: Survey,
    stage: Stage,
    asc: Pass,
    desc: Pass,
    progress: Progress,
    /// Passes begun so far, and how many there may be.
    passes: u32,
    max_passes: u32,
    /// The documented length of a page.
    page_size: usize,
    round: u32,
    /// The last ascending page of this round.
    last: u32,
    /// What stood first on the last ascending page 0.
    oldest: Option<u32>,
    /// What stood last on the last ascending page with rows.
    newest: Option<u32>,
    repair: Repair,
    /// The number of the last pass or single read.
    number: u32,
    verdict: Option<Judgement>,
    /// The order that the verdict was found with; found again after a checkpoint.
    #[serde(skip)]
    order: Option<Vec<u32>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum Stage {
    Ends,
    Ascending,
    Pin,
    Descending,
    Repair,
}

/// The pages still to read around a gap.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Repair {
    frontier: Option<u32>,
    pages: Vec<ListRequest>,
    left: u32,
}

/// Single reads of one round. Each costs a look at every segment, and where there are more gaps a
/// whole round mends them at less.
const MOST_REPAIRS: u32 = 64;

impl Complete {
    pub(crate) fn new(max_passes: u32, page_size: usize) -> Self {
        Self {
            survey: Survey::default(),
            stage: Stage::Ends,
            asc: Pass::new(0, SortDirection::Asc, 0),
            desc: Pass::new(1, SortDirection::Desc, 0),
            progress: Progress::default(),
            passes: 2,
            max_passes,
            page_size,
            round: 0,
            last: 0,
            oldest: None,
            newest: None,
            repair: Repair::default(),
            number: 1,
            verdict: None,
            order: None,
        }
    }

    /// What came of it, once it has ended.
    pub(crate) fn verdict(&self) -> Option<Judgement> {
        self.verdict
    }

    /// All segments in an order that agrees with every answer, if there is one.
    pub(crate) fn order(&self) -> Option<Vec<u32>> {
        self.order.clone().or_else(|| self.survey.order())
    }

    pub(crate) fn passes(&self) -> u32 {
        self.passes
    }

    pub(crate) fn wanted(&self, window: u32, longest: usize) -> Vec<Target> {
        if self.verdict.is_some() {
            return Vec::new();
        }
        match self.stage {
            Stage::Ends => {
                let ends = self.asc.wanted(1, 1).chain(self.desc.wanted(1, 1));
                ends.take(window as usize).collect()
            }
            Stage::Ascending => {
                let next = self.asc.next();
                // Where the links have closed already, the next page is the last.
                let likely =
                    if self.survey.links.closed() { next.saturating_add(1) } else { u32::MAX };
                let short =
                    self.asc.early_short(longest).map_or(u32::MAX, |page| page.saturating_add(1));
                self.asc.wanted(window, likely.min(short)).collect()
            }
            Stage::Pin => vec![self.pin_target()],
            Stage::Descending => {
                // On a quiet list the descending page with the number of the last ascending one
                // is not needed.
                let next = self.desc.next();
                let likely = if next < self.last { self.last } else { next.saturating_add(1) };
                self.desc.wanted(window, likely).collect()
            }
            Stage::Repair => self.repair_target().into_iter().collect(),
        }
    }

    /// Takes an answer; true if it was waited for.
    pub(crate) fn absorb(
        &mut self,
        target: Target,
        answer: Answer,
        ledger: &mut Ledger,
    ) -> Result<bool, (ListRequest, PagingFault)> {
        let on = |fault| (target.list, fault);
        match self.stage {
            Stage::Pin if target == self.pin_target() => {
                self.read_pin(target, &answer, ledger).map_err(on)?;
            }
            Stage::Repair if Some(target) == self.repair_target() => {
                self.read_repair(target, &answer, ledger).map_err(on)?;
            }
            Stage::Pin | Stage::Repair => return Ok(false),
            _ => {
                let pass =
                    if target.pass == self.asc.number() { &mut self.asc } else { &mut self.desc };
                if !pass.put(target, answer) {
                    return Ok(false);
                }
                self.drain(ledger)?;
            }
        }
        Ok(true)
    }

    /// Reads all pages whose turn has come.
    fn drain(&mut self, ledger: &mut Ledger) -> Result<(), (ListRequest, PagingFault)> {
        while self.verdict.is_none() {
            let taken = match self.stage {
                Stage::Ends if self.desc.has_next() && self.asc.has_next() => self.asc.take(),
                Stage::Ascending => self.asc.take(),
                Stage::Descending => self.desc.take(),
                Stage::Ends | Stage::Pin | Stage::Repair => None,
            };
            let Some((list, answer)) = taken else { break };
            let read = match self.stage {
                Stage::Ends => self.read_ends(list, &answer, ledger),
                Stage::Ascending => self.read_ascending(list, &answer, ledger),
                _ => self.read_descending(list, &answer, ledger),
            };
            read.map_err(|fault| (list, fault))?;
        }
        Ok(())
    }

    fn read_ends(
        &mut self,
        list: ListRequest,
        answer: &Answer,
        ledger: &mut Ledger,
    ) -> Result<(), PagingFault> {
        let asc = self.enter(self.asc.number(), list, answer, ledger)?;
        self.survey.walk(&asc.numbers);
        self.oldest = asc.numbers.first().copied();
        self.newest = asc.numbers.last().copied();
        let Some((list, answer)) = self.desc.take() else { return Ok(()) };
        let desc = self.survey.enter(self.desc.number(), list, &answer, ledger)?;
        // Of one row nobody can tell its order, and a full page that mirrors the other could be
        // a server that sorts within its pages: page 1 then has to be empty.
        let rows = desc.numbers.len();
        let mirrored = asc.numbers.iter().rev().eq(&desc.numbers);
        let mirrored = mirrored && rows != 1 && rows < self.page_size;
        self.stage = Stage::Ascending;
        let (judgement, order) = self.survey.judge(ledger);
        if mirrored || judgement == Judgement::Open(Doubt::Contradicted) {
            self.settle(judgement, order);
        }
        Ok(())
    }

    fn read_ascending(
        &mut self,
        list: ListRequest,
        answer: &Answer,
        ledger: &mut Ledger,
    ) -> Result<(), PagingFault> {
        let rows = self.enter(self.asc.number(), list, answer, ledger)?;
        if self.round == 0 {
            self.survey.walk(&rows.numbers);
        }
        if list.page == 0 {
            self.oldest = rows.numbers.first().copied();
            self.newest = None;
        }
        self.newest = rows.numbers.last().copied().or(self.newest);
        // The first round ends with a short page. Should more have followed, the links do not
        // close, and the later rounds read to an empty one.
        let short = self.round == 0 && list.page > 0 && rows.numbers.len() < ledger.longest;
        if !rows.numbers.is_empty() && !short {
            return Ok(());
        }
        self.last = list.page;
        self.judge(ledger);
        self.progress = Progress::default();
        let full = rows.numbers.is_empty();
        let alone = self.survey.sightings.is_alone(answer);
        if full && alone {
            self.survey.sightings.set_pin(list, &rows.numbers, answer, self.newest);
        }
        if full && !alone {
            self.stage = Stage::Pin;
            self.number = self.number.wrapping_add(1);
        } else {
            self.descend(full);
        }
        Ok(())
    }

    fn read_pin(
        &mut self,
        target: Target,
        answer: &Answer,
        ledger: &mut Ledger,
    ) -> Result<(), PagingFault> {
        let rows = self.survey.enter(target.pass, target.list, answer, ledger)?;
        // Rows where the end was: the list has grown, and links will do.
        if rows.numbers.is_empty() && self.survey.sightings.is_alone(answer) {
            self.survey.sightings.set_pin(target.list, &rows.numbers, answer, self.newest);
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
        answer: &Answer,
        ledger: &mut Ledger,
    ) -> Result<(), PagingFault> {
        let rows = self.enter(self.desc.number(), list, answer, ledger)?;
        self.judge(ledger);
        let at_end = rows.numbers.is_empty() || rows.numbers.last().copied() == self.oldest;
        if self.verdict.is_none() && at_end {
            self.progress = Progress::default();
            self.stage = Stage::Repair;
            self.number = self.number.wrapping_add(1);
            self.repair = Repair { left: MOST_REPAIRS, ..Repair::default() };
            self.plan_repair(ledger);
        }
        Ok(())
    }

    fn read_repair(
        &mut self,
        target: Target,
        answer: &Answer,
        ledger: &mut Ledger,
    ) -> Result<(), PagingFault> {
        self.survey.enter(target.pass, target.list, answer, ledger)?;
        self.repair.pages.pop();
        self.number = self.number.wrapping_add(1);
        self.repair.left = self.repair.left.saturating_sub(1);
        self.judge(ledger);
        if self.verdict.is_none() {
            self.plan_repair(ledger);
        }
        Ok(())
    }

    /// Chooses the pages around the place where the path from the head ends, if it has moved.
    fn plan_repair(&mut self, ledger: &Ledger) {
        let Some(order) = self.survey.order() else { return self.end(ledger) };
        let frontier = self.survey.links.frontier(&order);
        if frontier != self.repair.frontier && !self.survey.links.closed() {
            self.repair.frontier = frontier;
            self.repair.pages = frontier.map_or_else(Vec::new, |number| self.around(number));
        }
        if self.repair.pages.is_empty() || self.repair.left == 0 {
            self.next_round(ledger);
        }
    }

    /// The pages on which a segment's newer neighbour can stand, the likeliest last: where it was
    /// seen itself, from where archiving moves it to the page before, and restoring to the next.
    ///
    /// Ascending ones alone: those of the other order cost more requests than they spare.
    fn around(&self, number: u32) -> Vec<ListRequest> {
        let (Some(page), _) = self.survey.sightings.pages_of(number) else { return Vec::new() };
        let pages = [1, -1, 0].into_iter().filter_map(|offset| page.checked_add_signed(offset));
        pages.map(|page| ListRequest::page(page).sort(SortDirection::Asc)).collect()
    }

    fn next_round(&mut self, ledger: &Ledger) {
        if self.passes_left() < 2 {
            return self.end(ledger);
        }
        self.round = self.round.saturating_add(1);
        self.passes = self.passes.saturating_add(2);
        self.survey.sightings.next_round();
        self.number = self.number.wrapping_add(1);
        self.asc = Pass::new(self.number, SortDirection::Asc, 0);
        self.progress = Progress::default();
        self.stage = Stage::Ascending;
    }

    fn passes_left(&self) -> u32 {
        self.max_passes.saturating_sub(self.passes)
    }

    fn enter(
        &mut self,
        pass: u32,
        list: ListRequest,
        answer: &Answer,
        ledger: &mut Ledger,
    ) -> Result<Rows, PagingFault> {
        let rows = self.survey.enter(pass, list, answer, ledger)?;
        self.progress.check(list, &rows)?;
        Ok(rows)
    }

    fn judge(&mut self, ledger: &Ledger) {
        let (judgement, order) = self.survey.judge(ledger);
        self.settle(judgement, order);
    }

    /// Ends with a proof, and with a contradiction, which no further page can take back.
    fn settle(&mut self, judgement: Judgement, order: Option<Vec<u32>>) {
        if !matches!(judgement, Judgement::Open(Doubt::Gaps | Doubt::Missing(_))) {
            (self.verdict, self.order) = (Some(judgement), order);
        }
    }

    fn end(&mut self, ledger: &Ledger) {
        let (judgement, order) = self.survey.judge(ledger);
        (self.verdict, self.order) = (Some(judgement), order);
    }

    fn pin_target(&self) -> Target {
        Target { pass: self.number, list: self.asc.target(self.last).list }
    }

    fn repair_target(&self) -> Option<Target> {
        let list = *self.repair.pages.last()?;
        Some(Target { pass: self.number, list })
    }

    /// After a break nobody knows what was archived and restored.
    pub(crate) fn forget_pin(&mut self) {
        if self.verdict.is_none() {
            self.survey.sightings.clear_pin();
        }
    }

    /// Whether all this is about segments with numbers below `len`.
    pub(crate) fn fits(&self, len: usize) -> bool {
        let known = [self.oldest, self.newest, self.repair.frontier];
        self.survey.fits(len) && known.iter().flatten().all(|number| (*number as usize) < len)
    }
}
