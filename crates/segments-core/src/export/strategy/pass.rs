use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::export::seen::page_key::PageKey;
use crate::export::seen::pass_number::PassNumber;
use crate::export::seen::received_page::ReceivedPage;
use crate::export::strategy::lookahead::Lookahead;
use crate::message::request::{ListRequest, SortDirection};

/// One reading of the list in one direction: requests a window of pages, takes them in any order, and
/// gives them back in theirs.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Pass {
    number: PassNumber,
    direction: SortDirection,
    next: u32,
    /// Pages that arrived before their turn. A checkpoint leaves them out: they are requested again.
    #[serde(skip)]
    early: BTreeMap<u32, ReceivedPage>,
}

impl Pass {
    pub(crate) fn new(number: PassNumber, direction: SortDirection) -> Self {
        Self { number, direction, next: 0, early: BTreeMap::new() }
    }

    pub(crate) fn number(&self) -> PassNumber {
        self.number
    }

    pub(crate) fn direction(&self) -> SortDirection {
        self.direction
    }

    /// The next page in order, which has not arrived yet.
    pub(crate) fn next(&self) -> u32 {
        self.next
    }

    /// The pages to request now, before `limit`.
    pub(crate) fn wanted(
        &self,
        ahead: Lookahead,
        limit: u32,
    ) -> impl Iterator<Item = PageKey> + '_ {
        let pages = self.known(ahead).pages(self.next, limit, &self.early);
        pages.into_iter().map(|page| self.page_key(page))
    }

    /// Probes, which tell how long the list is before the other pages have arrived.
    pub(crate) fn probes(&self, ahead: Lookahead) -> impl Iterator<Item = PageKey> + '_ {
        let limit = self.early_short(1).unwrap_or(u32::MAX);
        let pages = self.known(ahead).probes(limit, &self.early);
        pages.into_iter().map(|page| self.page_key(page))
    }

    /// With the pages that arrived early.
    fn known(&self, ahead: Lookahead) -> Lookahead {
        let with_rows = self.early.iter().rev().find(|(_, response)| !response.page.is_empty());
        let early = with_rows.map_or(0, |(page, _)| page.saturating_add(1));

        Lookahead { known_pages: ahead.known_pages.max(early), ..ahead }
    }

    pub(crate) fn page_key(&self, page: u32) -> PageKey {
        PageKey { pass: self.number, list: ListRequest::page(page).sort(self.direction) }
    }

    /// Keeps a page that was wanted until its turn.
    pub(crate) fn insert(&mut self, page: u32, response: ReceivedPage) {
        self.early.insert(page, response);
    }

    /// Removes the next page in order, if it has arrived.
    pub(crate) fn pop_next(&mut self) -> Option<(ListRequest, ReceivedPage)> {
        let response = self.early.remove(&self.next)?;
        let list = self.page_key(self.next).list;
        self.next = self.next.saturating_add(1);
        Some((list, response))
    }

    /// The first page that arrived early and is shorter than `longest`: nothing much lies behind it.
    pub(crate) fn early_short(&self, longest: usize) -> Option<u32> {
        let is_short = |(_, response): &(&u32, &ReceivedPage)| response.page.len() < longest.max(1);
        self.early.iter().find(is_short).map(|(page, _)| *page)
    }

    /// Whether a page with rows has arrived before its turn: the list does not end before it.
    pub(crate) fn has_rows_ahead(&self) -> bool {
        self.early.values().any(|response| !response.page.is_empty())
    }

    /// Removes the pages that arrived before their turn and are not waited for any more.
    pub(crate) fn drain_early(&mut self) -> Vec<(ListRequest, ReceivedPage)> {
        let early = std::mem::take(&mut self.early);
        early.into_iter().map(|(page, response)| (self.page_key(page).list, response)).collect()
    }
}
