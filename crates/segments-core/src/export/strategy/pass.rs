use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::export::seen::page_key::PageKey;
use crate::export::seen::received_page::ReceivedPage;
use crate::export::strategy::lookahead::Lookahead;
use crate::message::request::{ListRequest, SortDirection};

/// One reading of the list in one direction: asks for a window of pages, in any order they come,
/// and gives them back in theirs.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Pass {
    number: u32,
    direction: SortDirection,
    next: u32,
    /// Pages that came before their turn. A checkpoint leaves them out: they are asked for again.
    #[serde(skip)]
    early: BTreeMap<u32, ReceivedPage>,
}

impl Pass {
    /// The pass with this number, from this page on.
    pub(crate) fn new(number: u32, direction: SortDirection, first: u32) -> Self {
        Self { number, direction, next: first, early: BTreeMap::new() }
    }

    pub(crate) fn number(&self) -> u32 {
        self.number
    }

    pub(crate) fn direction(&self) -> SortDirection {
        self.direction
    }

    /// The next page in order, which has not come yet.
    pub(crate) fn next(&self) -> u32 {
        self.next
    }

    /// The pages to ask for now, before `limit`.
    pub(crate) fn wanted(
        &self,
        ahead: Lookahead,
        limit: u32,
    ) -> impl Iterator<Item = PageKey> + '_ {
        let pages = self.known(ahead).pages(self.next, limit, &self.early);
        pages.into_iter().map(|page| self.page_key(page))
    }

    /// Pages from afar, which tell how long the list is before the others have come.
    pub(crate) fn far(&self, ahead: Lookahead) -> impl Iterator<Item = PageKey> + '_ {
        let limit = self.early_short(1).unwrap_or(u32::MAX);
        let pages = self.known(ahead).far(limit, &self.early);
        pages.into_iter().map(|page| self.page_key(page))
    }

    /// With the pages that came early.
    fn known(&self, ahead: Lookahead) -> Lookahead {
        let with_rows = self.early.iter().rev().find(|(_, answer)| !answer.page.is_empty());
        let early = with_rows.map_or(0, |(page, _)| page.saturating_add(1));
        Lookahead { pages: ahead.pages.max(early), ..ahead }
    }

    pub(crate) fn page_key(&self, page: u32) -> PageKey {
        PageKey { pass: self.number, list: ListRequest::page(page).sort(self.direction) }
    }

    /// Keeps a page until its turn; false if it is not of this pass or has come already.
    pub(crate) fn put(&mut self, page_key: PageKey, answer: ReceivedPage) -> bool {
        let page = page_key.list.page;
        let wanted = page_key == self.page_key(page) && page >= self.next;
        if !wanted || self.early.contains_key(&page) {
            return false;
        }
        self.early.insert(page, answer);
        true
    }

    /// The next page in order, if it has come.
    pub(crate) fn take(&mut self) -> Option<(ListRequest, ReceivedPage)> {
        let answer = self.early.remove(&self.next)?;
        let list = self.page_key(self.next).list;
        self.next = self.next.saturating_add(1);
        Some((list, answer))
    }

    /// The first page that came early and is shorter than `longest`: nothing much lies behind it.
    pub(crate) fn early_short(&self, longest: usize) -> Option<u32> {
        let short = |(_, answer): &(&u32, &ReceivedPage)| answer.page.len() < longest.max(1);
        self.early.iter().find(short).map(|(page, _)| *page)
    }

    /// Whether a page with rows has come before its turn: the list does not end before it.
    pub(crate) fn has_rows_ahead(&self) -> bool {
        self.early.values().any(|answer| !answer.page.is_empty())
    }

    /// The pages that came before their turn and that nobody waits for any more.
    pub(crate) fn take_early(&mut self) -> Vec<(ListRequest, ReceivedPage)> {
        let early = std::mem::take(&mut self.early);
        early.into_iter().map(|(page, answer)| (self.page_key(page).list, answer)).collect()
    }
}
