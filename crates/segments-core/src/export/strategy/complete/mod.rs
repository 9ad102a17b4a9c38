mod ascending;
mod descending;
mod repair;

use serde::{Deserialize, Serialize};

use crate::export::proof::claims::{self, ProvenBy, Verdict};
use crate::export::proof::evidence::Evidence;
use crate::export::proof::refusal;
use crate::export::proof::runs::Runs;
use crate::export::seen::page_key::PageKey;
use crate::export::seen::pass_number::PassNumber;
use crate::export::seen::received_page::ReceivedPage;
use crate::export::seen::seen_segments::{RecordedPage, SeenSegments};
use crate::export::seen::segment_index::SegmentIndex;
use crate::export::strategy::lookahead::Lookahead;
use crate::export::strategy::misfit::{Misfit, on};
use crate::export::strategy::page_lengths::PageLengths;
use crate::export::strategy::pass::Pass;
use crate::export::strategy::stall_guard::StallGuard;
use crate::message::error::NotProven;
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
    evidence: Evidence,
    stage: Stage,
    ascending: Pass,
    descending: Pass,
    stall_guard: StallGuard,
    /// Passes begun so far, and how many there may be.
    passes: u32,
    max_passes: u32,
    round: u32,
    /// The last ascending page of this round.
    last_page: u32,
    /// What stood first on the last ascending page 0.
    oldest: Option<SegmentIndex>,
    /// What stood last on the last ascending page with rows.
    newest: Option<SegmentIndex>,
    /// The descending page 0 of this round was empty.
    descending_is_empty: bool,
    /// Of the last ascending pass.
    lengths: PageLengths,
    #[serde(skip)]
    pause: bool,
    repair: Repair,
    /// The number of the last pass or single read.
    latest_pass: PassNumber,
    result: Option<Result<ProvenBy, NotProven>>,
    /// The order that the result was found with; found again after a checkpoint.
    #[serde(skip)]
    order: Option<Runs>,
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
    frontier: Option<SegmentIndex>,
    /// The ends of the list were read once more.
    ends_were_read: bool,
    pages: Vec<ListRequest>,
    reads_left: u32,
}

impl Complete {
    pub(crate) fn new(max_passes: u32) -> Self {
        let (first, second) = (PassNumber::FIRST, PassNumber::FIRST.next());
        Self {
            evidence: Evidence::default(),
            stage: Stage::Ends,
            ascending: Pass::new(first, SortDirection::Asc),
            descending: Pass::new(second, SortDirection::Desc),
            stall_guard: StallGuard::default(),
            passes: 2,
            max_passes,
            round: 0,
            last_page: 0,
            oldest: None,
            newest: None,
            descending_is_empty: false,
            lengths: PageLengths::default(),
            pause: false,
            repair: Repair::default(),
            latest_pass: second,
            result: None,
            order: None,
        }
    }

    /// What was proven, or why nothing was, once it has ended.
    pub(crate) fn result(&self) -> Option<Result<ProvenBy, NotProven>> {
        self.result
    }

    pub(crate) fn evidence(&self) -> &Evidence {
        &self.evidence
    }

    /// All segments in an order that agrees with every page. Given away, because nothing else needs
    /// it here.
    pub(crate) fn take_order(&mut self) -> Runs {
        let order = self.order.take().or_else(|| self.evidence.order());
        order.unwrap_or_else(|| self.evidence.order_as_read())
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
        let ahead = Lookahead { is_end_known: self.round > 0, probes: 2 * ahead.probes, ..ahead };

        match self.stage {
            Stage::Ends => {
                let ends = self.ascending.wanted(ahead, 1).chain(self.descending.wanted(ahead, 1));
                let behind = self.ascending.wanted(ahead, 2).filter(|key| key.list.page == 1);
                let near = ends.chain(behind).take(ahead.window as usize);
                near.chain(self.ascending.probes(ahead)).collect()
            }
            Stage::Again => self.ascending.wanted(ahead, 1).collect(),
            Stage::Ascending => {
                let next = self.ascending.next();
                // Where the graph has closed already, or nothing has come, the next page is the
                // last.
                let is_last = self.evidence.graph.is_closed() || self.newest.is_none();
                let likely = if is_last { next.saturating_add(1) } else { u32::MAX };

                let short = self.ascending.early_short(longest);
                let behind_short = short.map_or(u32::MAX, |page| page.saturating_add(1));
                self.ascending.wanted(ahead, likely.min(behind_short)).collect()
            }
            Stage::Anchor => vec![self.anchor_key()],
            Stage::Descending => {
                // On a quiet list the descending page with the number of the last ascending one
                // is not needed.
                let next = self.descending.next();
                let is_needed = next < self.last_page;
                let likely = if is_needed { self.last_page } else { next.saturating_add(1) };
                let ahead = Lookahead { is_end_known: true, ..ahead };
                self.descending.wanted(ahead, likely).collect()
            }
            Stage::Repair => self.repair_key().into_iter().collect(),
        }
    }

    fn anchor_key(&self) -> PageKey {
        PageKey { pass: self.latest_pass, list: self.ascending.page_key(self.last_page).list }
    }

    fn repair_key(&self) -> Option<PageKey> {
        let list = *self.repair.pages.last()?;
        Some(PageKey { pass: self.latest_pass, list })
    }

    /// Takes a page that is wanted.
    pub(crate) fn handle_page(
        &mut self,
        page_key: PageKey,
        response: ReceivedPage,
        seen: &mut SeenSegments,
    ) -> Result<(), Misfit> {
        match self.stage {
            Stage::Anchor => self.read_anchor(page_key, &response, seen),
            Stage::Repair => self.read_repair(page_key, &response, seen),
            Stage::Ends | Stage::Ascending | Stage::Again | Stage::Descending => {
                let is_ascending = page_key.pass == self.ascending.number();
                let pass = if is_ascending { &mut self.ascending } else { &mut self.descending };
                pass.insert(page_key.list.page, response);
                self.read_passes(seen)
            }
        }
    }

    /// Reads all pages whose turn has come.
    fn read_passes(&mut self, seen: &mut SeenSegments) -> Result<(), Misfit> {
        while self.result.is_none() {
            let oldest_first = match self.stage {
                Stage::Ends => self.ascending.next() == 0,
                Stage::Ascending | Stage::Again => true,
                Stage::Descending => false,
                Stage::Anchor | Stage::Repair => break,
            };
            let pass = if oldest_first { &mut self.ascending } else { &mut self.descending };
            let Some((list, response)) = pass.pop_next() else { break };

            match self.stage {
                Stage::Ends if oldest_first => {
                    self.record_ascending(list, &response, seen)?;
                }
                Stage::Ends => self.read_newest(list, &response, seen)?,
                Stage::Again => self.read_again(list, &response, seen)?,
                Stage::Ascending => self.read_ascending(list, &response, seen)?,
                _ => self.read_descending(list, &response, seen)?,
            }
        }
        Ok(())
    }

    fn record(
        &mut self,
        pass: PassNumber,
        list: ListRequest,
        response: &ReceivedPage,
        seen: &mut SeenSegments,
    ) -> Result<RecordedPage, Misfit> {
        let recorded = self.evidence.record(pass, list, response, seen).map_err(on(list))?;
        self.stall_guard.check(list, &recorded).map_err(on(list))?;
        Ok(recorded)
    }

    /// Records what came before its turn and is not waited for any more: what was shown counts.
    /// Returns whether any of it had rows.
    fn record_early(&mut self, seen: &mut SeenSegments) -> Result<bool, Misfit> {
        let had_rows = self.ascending.has_rows_ahead() || self.descending.has_rows_ahead();
        for pass in [&mut self.ascending, &mut self.descending] {
            for (list, response) in pass.drain_early() {
                self.evidence.record(pass.number(), list, &response, seen).map_err(on(list))?;
            }
        }
        Ok(had_rows)
    }

    /// Ends with a proof, and with a contradiction.
    fn verify(&mut self, seen: &mut SeenSegments) -> Result<(), Misfit> {
        let (mut verdict, mut order) = claims::judge(&self.evidence, seen.longest);
        // What has come early and was not read yet can speak against a proof.
        if matches!(verdict, Verdict::Proven(_)) && self.record_early(seen)? {
            (verdict, order) = claims::judge(&self.evidence, seen.longest);
        }

        match verdict {
            Verdict::Proven(by) => (self.result, self.order) = (Some(Ok(by)), order),
            Verdict::Contradicted => self.result = Some(Err(NotProven::OrderContradicted)),
            Verdict::Open => {}
        }
        Ok(())
    }

    /// Ends with what is proven by now, or the reason why nothing is.
    fn end(&mut self, seen: &SeenSegments) {
        let cut_page = self.lengths.short(seen.longest);
        let cut_page = cut_page.map(|(page, rows)| (self.ascending.page_key(page).list, rows));
        let (result, order) = refusal::conclude(&self.evidence, seen.longest, cut_page);
        (self.result, self.order) = (Some(result), order);
    }

    /// A number for the next pass or single read.
    fn next_pass(&mut self) -> PassNumber {
        self.latest_pass = self.latest_pass.next();
        self.latest_pass
    }

    /// After a break nobody knows what was archived and restored: the anchor is lost, and taken anew
    /// where the next pages are of use with it only. What was seen and linked stays.
    pub(crate) fn resume(&mut self, max_passes: u32) {
        self.max_passes = max_passes;
        if self.result.is_some() || !self.evidence.count_proof.is_anchored() {
            return;
        }

        self.evidence.count_proof.clear_anchor();
        if self.stage == Stage::Descending {
            self.stage = Stage::Anchor;
            self.next_pass();
        }
    }

    /// Whether all this is about the first `len` segments.
    pub(crate) fn fits(&self, len: usize) -> bool {
        let known = [self.oldest, self.newest, self.repair.frontier];
        self.evidence.fits(len) && known.iter().flatten().all(|segment| segment.get() < len)
    }
}
