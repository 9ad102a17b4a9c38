//! A list that does not change, and the goals with which it can be read.

use segments_core::{Goal, ListRequest, Page, Segment, SortDirection};

/// The goals that there are.
pub fn goals() -> Vec<Goal> {
    ["walk", "complete", "snapshot"].iter().filter_map(|goal| goal.parse().ok()).collect()
}

/// A list that does not change.
#[derive(Debug, Clone, Copy)]
pub struct QuietList {
    /// How many segments.
    pub count: u32,
    /// How many on a page, at least 1.
    pub page_size: u8,
}

impl QuietList {
    /// All ids, in this order.
    pub fn ids(self, direction: SortDirection) -> Vec<String> {
        let mut ids: Vec<String> = (0..self.count).map(|number| format!("id-{number}")).collect();
        if direction == SortDirection::Desc {
            ids.reverse();
        }
        ids
    }

    /// The response to a request.
    ///
    /// # Panics
    /// Never: the ids are not empty.
    pub fn page(self, list: ListRequest) -> Page {
        let ids = self.ids(list.sort_direction.unwrap_or_default());
        let size = usize::from(self.page_size.max(1));
        let page = ids.into_iter().skip(size.saturating_mul(list.page as usize)).take(size);
        page.map(|id| Segment::new(&id, "name", true, [""; 0]).expect("an id")).collect()
    }
}
