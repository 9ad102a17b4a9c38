//! A whole export without I/O.

use std::time::{Duration, Instant};

use http::Response;
use segments_core::{Export, Goal, ListRequest, Plan, SortDirection, Step};

use crate::decode;
use crate::pages::List;

/// All answers that an export of a list can ask for, made beforehand.
#[derive(Debug)]
pub struct Prepared {
    ascending: Vec<Response<Vec<u8>>>,
    descending: Vec<Response<Vec<u8>>>,
}

impl Prepared {
    /// The responses for a list of this many pages.
    pub fn new(pages: u32) -> Self {
        let list = List::of_pages(pages as usize);
        // Behind the last full page there is an empty one.
        let all = |direction| {
            let page = |page| list.answer(ListRequest::page(page).sort(direction));
            (0..pages + 2).map(page).collect()
        };
        Self { ascending: all(SortDirection::Asc), descending: all(SortDirection::Desc) }
    }

    fn answer(&self, list: ListRequest) -> &Response<Vec<u8>> {
        let descending = list.sort_direction == Some(SortDirection::Desc);
        let side = if descending { &self.descending } else { &self.ascending };
        &side[list.page as usize]
    }
}

/// Reads the list to its end, one request after the other, and returns how many segments it had.
pub fn run(goal: Goal, answers: &Prepared) -> u64 {
    let mut export = Export::new(decode::api(), Plan::new(goal));
    loop {
        match export.poll(Duration::ZERO).expect("nothing goes wrong") {
            Step::Send(fetch) => {
                let _request = fetch.request();
                export.handle_response(&fetch, Duration::ZERO, answers.answer(fetch.list()));
            }
            Step::Batch(batch) => drop(batch),
            Step::Wait { .. } => unreachable!("nothing goes wrong"),
            Step::Done(report) => return report.segments,
        }
    }
}

/// The same over a list that is made as it is read, with the time spent in the machine alone.
pub fn run_long(goal: Goal, list: &List) -> (u64, Duration) {
    let mut plan = Plan::new(goal);
    plan.max_memory = usize::MAX;
    let mut export = Export::new(decode::api(), plan);
    let mut spent = Duration::ZERO;
    loop {
        let begun = Instant::now();
        let step = export.poll(Duration::ZERO).expect("nothing goes wrong");
        spent += begun.elapsed();
        match step {
            Step::Send(fetch) => {
                let answer = list.answer(fetch.list());
                let begun = Instant::now();
                let _request = fetch.request();
                export.handle_response(&fetch, Duration::ZERO, &answer);
                spent += begun.elapsed();
            }
            Step::Batch(batch) => drop(batch),
            Step::Wait { .. } => unreachable!("nothing goes wrong"),
            Step::Done(report) => return (report.segments, spent),
        }
    }
}
