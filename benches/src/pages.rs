//! Pages as a large workspace has them: 100 segments in 16 KB of JSON.

use http::{HeaderMap, Request, Response};
use segments_core::{ListRequest, Page, Segment, SortDirection};
use segments_emulator::{Workspace, sample};

/// How many pages differ in more than their ids.
pub const DIFFERENT: u32 = 64;

const SEED: u64 = 1;

/// The key of every workspace here.
pub const KEY: &str = "a-key-of-the-emulator";

/// A list of any length, made page by page, so that a long one takes no memory.
///
/// The segments are those of the emulator's [`sample`], with longer names: some have emoji, quotes
/// and line breaks, and half of them have tags.
#[derive(Debug)]
pub struct List {
    len: usize,
    rows: Vec<Segment>,
    head: HeaderMap,
}

impl List {
    /// A list of `len` segments.
    pub fn new(len: usize) -> Self {
        let rows = sample(DIFFERENT as usize * ListRequest::PAGE_SIZE, SEED);
        let request = Request::get(ListRequest::PATH).header("authorization", "Bearer a-key");
        let request = request.body(()).expect("all of it is valid");
        let head = Workspace::new().with_key("a-key").answer(&request, std::time::Duration::ZERO);
        Self { len, rows, head: head.into_parts().0.headers }
    }

    /// A list of whole pages.
    pub fn of_pages(pages: usize) -> Self {
        Self::new(pages * ListRequest::PAGE_SIZE)
    }

    /// All segments, oldest first.
    pub fn segments(&self) -> impl Iterator<Item = Segment> + '_ {
        (0..self.len).map(|rank| self.segment(rank))
    }

    /// What the endpoint answers, head and body.
    pub fn answer(&self, list: ListRequest) -> Response<Vec<u8>> {
        let first = list.page as usize * ListRequest::PAGE_SIZE;
        let ranks = first.min(self.len)..(first + ListRequest::PAGE_SIZE).min(self.len);
        let newest_first = list.sort_direction == Some(SortDirection::Desc);
        let rank = |rank| if newest_first { self.len - 1 - rank } else { rank };
        let page: Page = ranks.map(|at| self.segment(rank(at))).collect();
        let mut response = page.to_http();
        response.headers_mut().extend(self.head.clone());
        // The responses are made beforehand and given more than once, and an id that comes twice is
        // that of a cache.
        response.headers_mut().remove("x-request-id");
        response
    }

    fn segment(&self, rank: usize) -> Segment {
        let like = &self.rows[rank % self.rows.len()];
        let id = format!("{rank:08x}{}", &like.id()[8..]);
        let name =
            format!("{} | cohort {:02} | owner team {:03}", like.name(), rank % 53, rank % 211);
        Segment::new(id, name, like.analytics_tracking_enabled(), like.tags())
            .expect("the id has text")
    }
}

/// Answers that are all different, a hundred segments each.
pub fn answers() -> Vec<Response<Vec<u8>>> {
    let list = List::of_pages(DIFFERENT as usize);
    (0..DIFFERENT).map(|page| list.answer(ListRequest::page(page))).collect()
}
