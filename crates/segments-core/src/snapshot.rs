use serde::{Deserialize, Serialize};

use crate::evidence::Evidence;
use crate::fault::PagingFault;
use crate::fetch::Target;
use crate::ledger::Ledger;
use crate::pass::{Answer, Pass};
use crate::progress::Progress;
use crate::report::Interval;
use crate::request::{ListRequest, SortDirection};
use crate::survey::Survey;

/// Reads passes in turn, ascending and descending, until one confirms the one before it.
///
/// ```text
///   ┌──────┐ end, not alone ┌─────┐
///   │ pass │ ─────────────► │ pin │      the moment of the snapshot: the last page, alone
///   └──────┘ ◄───────────── └─────┘
///     │  ▲     next pass
///     │  └── end, not confirmed          up to the limit, then not stabilised
///     ▼
///   confirmed: the same sequence (clean), or as many as the list was long (counted)
/// ```
///
/// Here a short page is the end (R3), where short means shorter than the documented 100 and than
/// the longest page: a smaller measure could be fooled by a list that grows in between. If there is
/// something behind a short first page all the same, pages are taken to be as long as the longest,
/// and only two equal passes count.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Snapshot {
    pub(crate) survey: Survey,
    pass: Pass,
    progress: Progress,
    /// Passes begun so far, and how many there may be.
    passes: u32,
    max_passes: u32,
    /// The documented length of a page.
    page_size: usize,
    /// The pass before, oldest first, if it was whole.
    before: Option<Vec<u32>>,
    /// This pass so far, in its own order.
    current: Vec<u32>,
    /// The last page, while it is asked for again.
    last: Option<u32>,
    /// The last page was another one when it was asked for again.
    torn: bool,
    /// When a first page was read that is the whole list, if nothing is behind it.
    only: Option<Interval>,
    /// Something stood behind a page shorter than documented: pages are as long as the longest.
    shorter: bool,
    /// When the pin was true.
    as_of: Option<Interval>,
    /// Segments that were edited since the pin's pass.
    pub(crate) unsettled: Vec<u32>,
    number: u32,
    verdict: Option<Verdict>,
}

/// What a snapshot came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Verdict {
    Taken(Strength),
    NotStabilised,
}

/// How strong a snapshot is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Strength {
    /// As many segments as the list was long were seen before and after its moment.
    Counted,
    /// And two passes around that moment gave the same sequence with the same attributes.
    Clean,
    /// The whole list came in one answer, and nothing on the page behind it.
    Atomic,
}

impl Snapshot {
    pub(crate) fn new(max_passes: u32, page_size: usize) -> Self {
        Self {
            survey: Survey::default(),
            pass: Pass::new(0, SortDirection::Asc, 0),
            progress: Progress::default(),
            passes: 1,
            max_passes,
            page_size,
            before: None,
            current: Vec::new(),
            last: None,
            torn: false,
            only: None,
            shorter: false,
            as_of: None,
            unsettled: Vec::new(),
            number: 0,
            verdict: None,
        }
    }

    pub(crate) fn verdict(&self) -> Option<Verdict> {
        self.verdict
    }

    pub(crate) fn passes(&self) -> u32 {
        self.passes
    }

    pub(crate) fn as_of(&self) -> Option<Interval> {
        self.as_of
    }

    /// The sequence, where one answer showed it or two passes agree on it.
    pub(crate) fn sequence(&self) -> Option<Vec<u32>> {
        match self.verdict? {
            Verdict::Taken(Strength::Clean) => self.before.clone(),
            Verdict::Taken(Strength::Atomic) => Some(self.current.clone()),
            _ => None,
        }
    }

    pub(crate) fn wanted(&self, window: u32, longest: usize) -> Vec<Target> {
        if self.verdict.is_some() {
            return Vec::new();
        }
        if let Some(target) = self.pin_target() {
            return vec![target];
        }
        let short = self.pass.early_short(longest).map_or(u32::MAX, |page| page.saturating_add(1));
        // Nothing is known about the length before the first page, and little behind a short one.
        let next = self.pass.next();
        let single = self.only.is_some() || self.passes == 1 && next == 0;
        let likely = if single { next.saturating_add(1) } else { u32::MAX };
        self.pass.wanted(window, short.min(likely)).collect()
    }

    /// Takes an answer; true if it was waited for.
    pub(crate) fn absorb(
        &mut self,
        target: Target,
        answer: Answer,
        ledger: &mut Ledger,
    ) -> Result<bool, (ListRequest, PagingFault)> {
        if let Some(pin) = self.pin_target() {
            if target != pin {
                return Ok(false);
            }
            self.read_pin(target, &answer, ledger).map_err(|fault| (target.list, fault))?;
            return Ok(true);
        }
        if !self.pass.put(target, answer) {
            return Ok(false);
        }
        while self.verdict.is_none() && self.last.is_none() {
            let Some((list, answer)) = self.pass.take() else { break };
            self.read(list, &answer, ledger).map_err(|fault| (list, fault))?;
        }
        Ok(true)
    }

    fn read(
        &mut self,
        list: ListRequest,
        answer: &Answer,
        ledger: &mut Ledger,
    ) -> Result<(), PagingFault> {
        let rows = self.survey.enter(self.pass.number(), list, answer, ledger)?;
        self.progress.check(list, &rows)?;
        if self.passes == 1 {
            self.survey.walk(&rows.numbers);
        }
        self.current.extend(&rows.numbers);
        if self.survey.sightings.is_pinned() {
            self.unsettled.extend(&rows.changed);
        }
        if let Some(only) = self.only.take() {
            if rows.numbers.is_empty() {
                self.as_of = Some(only);
                self.verdict = Some(Verdict::Taken(Strength::Atomic));
                return Ok(());
            }
            self.shorter = true;
            let (request, rows) =
                (ListRequest { page: 0, ..list }, self.current.len() - rows.numbers.len());
            ledger.evidence.add(Evidence::ShortPage { request, rows });
        }
        let full = self.full(ledger);
        if self.survey.counted(full) {
            let clean = self.unsettled.is_empty() && self.before == Some(self.ascending());
            // Where the length of a page is only inferred, the count alone could be fooled by a
            // list that has grown in between.
            if clean || !self.shorter {
                let strength = if clean { Strength::Clean } else { Strength::Counted };
                self.verdict = Some(Verdict::Taken(strength));
                return Ok(());
            }
        }
        if rows.numbers.len() >= full {
            return Ok(());
        }
        if self.passes == 1 && list.page == 0 && !rows.numbers.is_empty() {
            self.only = Some(answer.during);
        } else if self.survey.sightings.is_alone(answer) {
            self.pin(list, &rows.numbers, answer);
        } else {
            self.last = Some(list.page);
            self.number = self.number.wrapping_add(1);
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
        self.last = None;
        let alone = self.survey.sightings.is_alone(answer);
        // An empty page is believed for what its pass has shown last, which would be gone with it.
        let emptied = rows.numbers.is_empty() && self.has_read(target.list);
        if rows.numbers.len() < self.full(ledger) && alone && !emptied {
            // The page stands at the end of the pass; if it has changed, the pass is not clean.
            self.torn = !self.current.ends_with(&rows.numbers);
            self.pin(target.list, &rows.numbers, answer);
        } else {
            self.survey.sightings.clear_pin();
            self.next_pass();
        }
        Ok(())
    }

    /// Whether this pass has found rows on its last page.
    fn has_read(&self, list: ListRequest) -> bool {
        let pages = self.current.last().map(|last| self.survey.sightings.pages_of(*last));
        let (ascending, descending) = pages.unwrap_or_default();
        let page = match self.pass.direction() {
            SortDirection::Asc => ascending,
            SortDirection::Desc => descending,
        };
        page == Some(list.page)
    }

    fn pin(&mut self, list: ListRequest, numbers: &[u32], answer: &Answer) {
        let end = self.current.last().copied();
        self.survey.sightings.set_pin(list, numbers, answer, end);
        self.as_of = Some(answer.during);
        self.next_pass();
    }

    fn next_pass(&mut self) {
        if self.passes >= self.max_passes {
            self.verdict = Some(Verdict::NotStabilised);
            return;
        }
        let torn = std::mem::take(&mut self.torn);
        self.before = (!torn).then(|| self.ascending());
        self.current.clear();
        self.unsettled.clear();
        self.progress = Progress::default();
        self.passes = self.passes.saturating_add(1);
        self.number = self.number.wrapping_add(1);
        let direction = match self.pass.direction() {
            SortDirection::Asc => SortDirection::Desc,
            SortDirection::Desc => SortDirection::Asc,
        };
        self.pass = Pass::new(self.number, direction, 0);
    }

    /// This pass, oldest first.
    fn ascending(&self) -> Vec<u32> {
        let mut numbers = self.current.clone();
        if self.pass.direction() == SortDirection::Desc {
            numbers.reverse();
        }
        numbers
    }

    fn full(&self, ledger: &Ledger) -> usize {
        if self.shorter { ledger.longest } else { self.page_size.max(ledger.longest) }
    }

    fn pin_target(&self) -> Option<Target> {
        let list = self.pass.target(self.last?).list;
        Some(Target { pass: self.number, list })
    }

    /// After a break nobody knows what was archived and restored: the pass begins anew.
    pub(crate) fn forget_pin(&mut self) {
        if self.verdict.is_some() {
            return;
        }
        self.survey.sightings.clear_pin();
        if self.passes > 1 {
            self.last = None;
            self.passes -= 1;
            self.next_pass();
            self.before = None;
        }
    }

    /// The bytes that it takes.
    pub(crate) fn memory(&self) -> usize {
        let before = self.before.as_ref().map_or(0, Vec::capacity);
        let passes = before + self.current.capacity() + self.unsettled.capacity();
        self.survey.memory() + passes * size_of::<u32>()
    }

    /// Whether all this is about segments with numbers below `len`.
    pub(crate) fn fits(&self, len: usize) -> bool {
        let numbers = self.before.iter().flatten().chain(&self.current).chain(&self.unsettled);
        self.survey.fits(len) && numbers.into_iter().all(|number| (*number as usize) < len)
    }
}
