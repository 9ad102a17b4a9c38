use serde::{Deserialize, Serialize};

use crate::export::proof::claims;
use crate::export::seen::anomaly::Anomaly;
use crate::export::seen::page_key::PageKey;
use crate::export::seen::pass_number::PassNumber;
use crate::export::seen::received_page::ReceivedPage;
use crate::export::seen::seen_segments::SeenSegments;
use crate::export::strategy::lookahead::Lookahead;
use crate::export::strategy::misfit::{Misfit, on};
use crate::export::strategy::pass::Pass;
use crate::export::strategy::stall_guard::StallGuard;
use crate::message::error::PagingError;
use crate::message::request::{ListRequest, SortDirection};
use crate::message::response::Page;

/// Every page once, from the first to the end.
///
/// ```text
///            rows            rows, all known, three pages in a row
///          ┌─────┐         ┌────────────────────────► no progress
///          ▼     │         │
///       ┌─────────────────────┐  empty, after a short page   ┌─────┐
///  ───► │       reading       │ ───────────────────────────► │ end │
///       └─────────────────────┘                              └─────┘
///                │ empty, after a full page                     ▲
///                ▼                     empty                    │
///          ┌───────────┐ ───────────────────────────────────────┘
///          │ one empty │
///          └───────────┘ ──► rows after the end
///                       rows
/// ```
///
/// An end needs two signs, and there is none before a page that has come with rows. A list that
/// seems to be empty is read once more from the beginning, after a moment, before that is believed.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Walk {
    pass: Pass,
    /// The length of the page before the next.
    last: Option<usize>,
    /// The last page was shorter than a full one.
    short: bool,
    /// The last page was empty, and no sign of the end stood before it.
    empty: bool,
    again: Again,
    ended: bool,
    stall_guard: StallGuard,
}

/// Whether page 0 is requested again, because the list seemed to be empty; and whether a page
/// behind it had rows all the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum Again {
    No,
    AfterAMoment { had_rows: bool },
    Now { had_rows: bool },
}

impl Walk {
    pub(crate) fn new(direction: SortDirection) -> Self {
        Self {
            pass: Pass::new(PassNumber::FIRST, direction),
            last: None,
            short: false,
            empty: false,
            again: Again::No,
            ended: false,
            stall_guard: StallGuard::default(),
        }
    }

    /// Whether the next page is to be asked for after a moment, once.
    pub(crate) fn take_pause(&mut self) -> bool {
        let Again::AfterAMoment { had_rows } = self.again else { return false };
        self.again = Again::Now { had_rows };
        true
    }

    pub(crate) fn ended(&self) -> bool {
        self.ended
    }

    pub(crate) fn wanted(&self, ahead: Lookahead, longest: usize) -> Vec<PageKey> {
        if self.ended {
            return Vec::new();
        }

        // Nothing is asked for behind a sign of the end but the page that confirms it.
        let seems_empty = self.again != Again::No && self.pass.next() == 0;
        let has_sign = self.short || self.empty || seems_empty;
        let confirming = if has_sign { self.pass.next().saturating_add(1) } else { u32::MAX };

        let short = self.pass.early_short(longest);
        let behind_short = short.map_or(u32::MAX, |page| page.saturating_add(2));
        self.pass.wanted(ahead, confirming.min(behind_short)).collect()
    }

    /// Whether its parts fit together: a page was read, unless page 0 is the next.
    pub(crate) fn fits(&self) -> bool {
        self.last.is_some() == (self.pass.next() > 0)
    }

    /// Takes a page that is wanted.
    pub(crate) fn handle_page(
        &mut self,
        page_key: PageKey,
        response: ReceivedPage,
        seen: &mut SeenSegments,
    ) -> Result<(), Misfit> {
        self.pass.insert(page_key.list.page, response);
        while !self.ended {
            let Some((list, response)) = self.pass.pop_next() else { break };
            self.read(list, &response.page, seen).map_err(on(list))?;
        }
        Ok(())
    }

    fn read(
        &mut self,
        list: ListRequest,
        page: &Page,
        seen: &mut SeenSegments,
    ) -> Result<(), PagingError> {
        if self.empty && !page.is_empty() {
            // Before its rows are recorded, or they would be handed out with a hole before them.
            return Err(PagingError::RowsAfterEnd { end: list.page.saturating_sub(1) });
        }
        let recorded = seen.record(self.pass.number(), list, page)?;
        if page.is_empty() {
            return self.read_empty(list, seen);
        }

        if let Some(rows) = self.last.filter(|last| *last < seen.longest) {
            let request = ListRequest { page: list.page.saturating_sub(1), ..list };
            seen.anomalies.add(Anomaly::ShortPage { request, rows });
        }
        self.stall_guard.check(list, &recorded)?;

        // No page has come before the first; the documented length takes its place.
        let full = if list.page == 0 { seen.page_size } else { seen.longest };
        self.short = page.len() < full;
        self.last = Some(page.len());
        Ok(())
    }

    fn read_empty(&mut self, list: ListRequest, seen: &SeenSegments) -> Result<(), PagingError> {
        let empty_list = self.again != Again::No && list.page == 0;
        let is_end = claims::is_end_of_walk(self.short, self.empty, empty_list);
        self.empty = true;
        self.last = Some(0);
        if is_end { self.end(list, seen) } else { Ok(()) }
    }

    /// Ends behind this page, which was empty, if the pages so far allow it.
    fn end(&mut self, list: ListRequest, seen: &SeenSegments) -> Result<(), PagingError> {
        let nothing_came = seen.ids.len() == 0;
        let rows_ahead = self.pass.has_rows_ahead();

        let had_rows = match self.again {
            // Nothing has been handed out, so it can begin anew.
            Again::No if nothing_came => {
                self.begin_again(rows_ahead);
                return Ok(());
            }
            Again::No => false,
            Again::AfterAMoment { had_rows } | Again::Now { had_rows } => had_rows && nothing_came,
        };
        if rows_ahead || had_rows {
            return Err(PagingError::RowsAfterEnd { end: list.page });
        }
        self.ended = true;
        Ok(())
    }

    /// Begins again with page 0, after a moment.
    fn begin_again(&mut self, had_rows: bool) {
        let direction = self.pass.direction();
        let pass = Pass::new(self.pass.number().next(), direction);
        *self = Self { pass, again: Again::AfterAMoment { had_rows }, ..Self::new(direction) };
    }
}
