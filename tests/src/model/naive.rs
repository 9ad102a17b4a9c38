use segments_core::{ListRequest, SortDirection};

use super::ranks::Ranks;
use super::run::Run;

/// What a plain walk would have come to over the same history, at the times of the same requests.
#[derive(Debug, Clone, Copy)]
pub struct Naive {
    /// Its requests.
    pub requests: u64,
    /// Segments that were listed all the time and that it lost.
    pub lost: usize,
}

/// Walks from page 0 until a page is short.
pub fn naive(run: &Run, page_size: usize) -> Naive {
    let mut world = run.world.clone();
    let mut made = run.answers.iter().map(|answer| answer.moments.1);
    let (mut at, mut seen) = (0, Ranks::default());

    for page in 0.. {
        at = made.next().unwrap_or(at).max(at);
        let rows = world.rows(ListRequest::page(page).sort(SortDirection::Asc), at);
        let len = rows.len();
        seen = seen.or(rows.into_iter().collect());
        if len < page_size {
            let lost = world.stable(0, at).without(seen).len();
            return Naive { requests: u64::from(page) + 1, lost };
        }
    }

    unreachable!("a list has an end")
}
