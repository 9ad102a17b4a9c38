//! How a walk reads what servers show, and where it ends.

use std::time::Duration;

use http::Response;
use segments_core::error::PagingError;
use segments_core::export::Outcome;
use segments_core::report::Anomaly;
use segments_core::{
    Api, ApiKey, Batch, Error, ErrorKind, Export, Fetch, Goal, Instance, ListRequest, Page, Plan,
    Report, Segment, SortDirection, Step,
};

const NOW: Duration = Duration::from_secs(1);

fn api() -> Api {
    Api::new(Instance::Us01.into(), ApiKey::new("CANARY-0123456789").unwrap())
}

fn plan(window: u16) -> Plan {
    let mut plan = Plan::new(Goal::Walk);
    plan.window = window;
    plan
}

fn page(ids: &str) -> Response<Vec<u8>> {
    let segment = |id: char| Segment::new(id.to_string(), "", true, [""; 0]).unwrap();
    ids.chars().map(segment).collect::<Page>().to_http()
}

/// What a walk makes of these pages (a letter is a segment; behind them all are empty), and in
/// which order it asked for them.
fn walk(plan: Plan, pages: &[&str]) -> (Result<Report, Error>, String, Vec<u32>) {
    let mut export = Export::new(api(), plan);
    let (mut given, mut asked, mut now) = (String::new(), Vec::new(), NOW);
    loop {
        match export.poll(now) {
            Ok(Step::Batch(Batch::Segments(batch))) => given.extend(batch.iter().map(Segment::id)),
            Ok(Step::Send(fetch)) => {
                let number = fetch.list().page;
                asked.push(number);
                let ids = pages.get(number as usize).copied().unwrap_or_default();
                export.handle_response(&fetch, now, &page(ids));
            }
            Ok(Step::Wait { until }) if given.is_empty() && until > now => now = until,
            Ok(Step::Done(report)) => return (Ok(report), given, asked),
            Ok(step) => panic!("{step:?}"),
            Err(error) => return (Err(error), given, asked),
        }
    }
}

fn fault(plan: Plan, pages: &[&str]) -> (PagingError, u32, String) {
    let (result, given, _) = walk(plan, pages);
    let error = result.unwrap_err();
    let ErrorKind::Paging(fault) = error.kind() else { panic!("{error}") };
    (fault.clone(), error.request().unwrap().page, given)
}

fn asc(page: u32) -> ListRequest {
    ListRequest::page(page).sort(SortDirection::Asc)
}

#[test]
fn an_end_needs_two_signs() {
    for (pages, asked) in [
        (&[][..], &[0, 1, 0][..]),
        (&["ab"], &[0, 1]),
        (&["abc", "de"], &[0, 1, 2]),
        (&["abc", "def"], &[0, 1, 2, 3]),
        (&["ab", "cde", "f"], &[0, 1, 2, 3]),
    ] {
        let (result, given, requests) = walk(plan(1), pages);
        assert!(result.unwrap().ended);
        assert_eq!(given, pages.concat());
        assert_eq!(requests, asked, "{pages:?}");
    }
}

#[test]
fn an_empty_list_is_asked_for_again_a_second_later() {
    let mut export = Export::new(api(), plan(4));
    let mut answer = |now, number: u32, ids| {
        let wanted = export.poll_fetches(now).into_iter().find(|fetch| fetch.list().page == number);
        export.handle_response(&wanted.expect("it is wanted"), now, &page(ids));
        (export.poll_fetches(now).len(), export.poll_timeout(now))
    };
    answer(NOW, 0, "");
    let later = NOW + Duration::from_secs(1);
    assert_eq!(answer(NOW, 1, ""), (0, Some(later)));
    // It was no empty list.
    assert!(answer(later, 0, "abc").0 > 0);
    answer(later, 1, "d");
    answer(later, 2, "");
    let given: usize = std::iter::from_fn(|| match export.poll(later) {
        Ok(Step::Batch(Batch::Segments(batch))) => Some(batch.len()),
        _ => None,
    })
    .sum();
    assert_eq!(given, 4);
    assert!(matches!(export.poll(later), Ok(Step::Done(report)) if report.waits == 1));
}

#[test]
fn segments_behind_an_end_are_a_fault() {
    let behind = fault(plan(1), &["abc", "def", "", "g"]);
    assert_eq!(behind, (PagingError::RowsAfterEnd { end: 2 }, 3, "abcdef".into()));
    // Nobody knows what stood before them, so they are not handed out.
    let hole = fault(plan(1), &["", "abc"]);
    assert_eq!(hole, (PagingError::RowsAfterEnd { end: 0 }, 1, String::new()));
}

#[test]
fn a_server_that_does_not_page_is_found_out() {
    let same = fault(plan(1), &["abc", "abc"]);
    assert_eq!(same, (PagingError::RepeatedPage { of: asc(0) }, 1, "abc".into()));
    let clamped = fault(plan(1), &["abc", "def", "def"]);
    assert_eq!(clamped, (PagingError::RepeatedPage { of: asc(1) }, 2, "abcdef".into()));
    let shuffled = fault(plan(1), &["abc", "bca", "cab", "acb"]);
    assert_eq!(shuffled.0, PagingError::NoProgress { pages: 3 });
}

#[test]
fn an_id_stands_once_on_a_page() {
    let (fault, page, _) = fault(plan(1), &["abc", "dad"]);
    assert_eq!((fault, page), (PagingError::RepeatedId { row: 2 }, 1));
}

#[test]
fn a_list_that_moves_leaves_evidence() {
    let (result, given, _) = walk(plan(1), &["abc", "cde", "f"]);
    let report = result.unwrap();
    assert_eq!(given, "abcdef");
    assert_eq!(report.segments, 6);
    let again = Anomaly::Duplicate { id: "c".into(), request: asc(1) };
    assert_eq!(report.anomalies, [again]);
    let (result, given, _) = walk(plan(1), &["abc", "de", "fgh"]);
    assert_eq!(given, "abcdefgh");
    assert_eq!(result.unwrap().anomalies, [Anomaly::ShortPage { request: asc(1), rows: 2 }]);
}

#[test]
fn an_edited_segment_is_given_once_and_noted() {
    let mut export = Export::new(api(), plan(1));
    let row = |name: &str| Segment::new("a", name, true, [""; 0]).unwrap();
    let b = Segment::new("b", "", true, [""; 0]).unwrap();
    for page in [vec![row("old")], vec![row("new"), b]] {
        let Step::Send(fetch) = until_sent(&mut export) else { panic!() };
        export.handle_response(&fetch, NOW, &page.into_iter().collect::<Page>().to_http());
    }
    let edited = Anomaly::AttributesChanged { id: "a".into() };
    assert!(export.report().anomalies.contains(&edited));
}

fn until_sent(export: &mut Export) -> Step {
    loop {
        match export.poll(NOW).unwrap() {
            Step::Batch(Batch::Segments(_)) => {}
            step => return step,
        }
    }
}

#[test]
fn a_page_beyond_the_documented_length_is_read_and_noted() {
    let rows = (0..101).map(|n| Segment::new(n.to_string(), "", true, [""; 0]).unwrap());
    let mut export = Export::new(api(), plan(1));
    let fetch = export.poll_fetches(NOW).remove(0);
    export.handle_response(&fetch, NOW, &rows.collect::<Page>().to_http());
    let report = export.report();
    assert_eq!(report.segments, 101);
    assert_eq!(report.anomalies, [Anomaly::LongPage { request: asc(0), rows: 101 }]);
}

#[test]
fn limits_end_a_walk() {
    let mut short = plan(1);
    short.max_pages = 2;
    assert_eq!(fault(short.clone(), &["abc", "def", "g"]).0, PagingError::PageLimit { pages: 2 });
    assert_eq!(walk(short, &["abc"]).1, "abc");
    let mut few = plan(1);
    few.max_requests = 3;
    let limit = PagingError::RequestLimit { requests: 3 };
    assert_eq!(fault(few.clone(), &["abc", "def", "ghi"]).0, limit);
    assert!(walk(few, &["abc", "de"]).0.is_ok());
}

#[test]
fn a_list_without_end_is_given_up_at_the_limit_of_memory() {
    for (goal, keeps_list) in
        [(Goal::Walk, false), (Goal::Walk, true), (Goal::Complete, false), (Goal::Snapshot, false)]
    {
        let mut plan = Plan::new(goal);
        (plan.window, plan.max_memory, plan.keeps_list) = (1, 1 << 20, keeps_list);
        let mut export = Export::new(api(), plan);
        let mut handed_out = 0;
        let error = loop {
            match export.poll(NOW) {
                Ok(Step::Send(fetch)) => {
                    let row = |n| Segment::new(format!("{}-{n}", fetch.list()), "", true, [""; 0]);
                    let rows = (0..100).map(|n| row(n).unwrap());
                    export.handle_response(&fetch, NOW, &rows.collect::<Page>().to_http());
                }
                Ok(Step::Batch(Batch::Segments(batch))) => handed_out += batch.len(),
                Ok(step) => panic!("{step:?}"),
                Err(error) => break error,
            }
        };
        let limit = PagingError::MemoryLimit { bytes: 1 << 20 };
        assert_eq!(*error.kind(), ErrorKind::Paging(limit), "{goal}");
        // About a hundred bytes for the id and what is known of it, and the text and its places.
        let each = (1 << 20) / handed_out;
        let streams = goal == Goal::Walk && !keeps_list;
        let usual = if streams { 60..130 } else { 150..400 };
        assert!(usual.contains(&each), "{goal}: {each} bytes a segment");
    }
}

fn pages(fetches: &[Fetch]) -> Vec<u32> {
    fetches.iter().map(|fetch| fetch.list().page).collect()
}

#[test]
fn p15_answers_may_come_in_any_order() {
    let full: Vec<String> = ["abc", "def", "ghi"].map(String::from).to_vec();
    let mut export = Export::new(api(), plan(4));
    let wanted = export.poll_fetches(NOW);
    assert_eq!(pages(&wanted), [0, 1, 2, 3]);
    for number in [2, 1, 3] {
        let ids = full.get(number).map_or("", String::as_str);
        export.handle_response(&wanted[number], NOW, &page(ids));
        assert!(matches!(export.poll(NOW), Ok(Step::Send(fetch)) if fetch.list().page == 0));
    }
    // Page 3 is empty: only the page that confirms it is still of use.
    assert_eq!(pages(&export.poll_fetches(NOW)), [0]);
    let exchange = export.handle_response(&wanted[0], NOW, &page("abc"));
    assert_eq!(*exchange.outcome(), Outcome::Page { rows: 3 });
    let mut given = String::new();
    while let Ok(Step::Batch(Batch::Segments(batch))) = export.poll(NOW) {
        given.extend(batch.iter().map(Segment::id));
    }
    assert_eq!(given, "abcdefghi");
    assert_eq!(pages(&export.poll_fetches(NOW)), [4]);
    // A second answer to the same request is nobody's.
    let again = export.handle_response(&wanted[1], NOW, &page("xyz"));
    assert_eq!(*again.outcome(), Outcome::Ignored);
    assert_eq!(
        again.to_string(),
        "GET /segments/list?page=1&sort_direction=asc -> 200 in 0 ms, no longer needed"
    );
}

#[test]
fn an_exchange_counts_segments_in_words() {
    for (ids, counted) in [("", "0 segments"), ("a", "1 segment"), ("ab", "2 segments")] {
        let mut export = Export::new(api(), plan(1));
        let Step::Send(fetch) = until_sent(&mut export) else { panic!() };
        let line = export.handle_response(&fetch, NOW, &page(ids)).to_string();
        let expected = format!("GET /segments/list?sort_direction=asc -> 200 in 0 ms, {counted}");
        assert_eq!(line, expected);
    }
}

#[test]
fn p10_a_page_that_is_named_may_be_any() {
    let list = ListRequest::page(u32::MAX);
    let mut export = Export::single(api(), plan(1), list);
    let Step::Send(fetch) = until_sent(&mut export) else { panic!() };
    assert_eq!(fetch.list(), list);
    export.handle_response(&fetch, NOW, &page(""));
    let Step::Done(report) = export.poll(NOW).unwrap() else { panic!() };
    assert_eq!((report.pages, report.segments), (1, 0));
}

#[test]
fn a_walk_has_room_for_a_million_segments() {
    let id = |n: u32| format!("{:08x}-0000-4000-8000-{n:012x}", n.wrapping_mul(0x9e37_79b9));
    let mut plan = Plan::new(Goal::Walk);
    plan.window = 1;
    let mut export = Export::new(api(), plan);
    let mut seen = 0;
    let report = loop {
        match export.poll(NOW).unwrap() {
            Step::Send(fetch) => {
                // Long pages, so that they are few; what is kept does not depend on that.
                let first = fetch.list().page.saturating_mul(10_000);
                let rows = (first..(first + 10_000).min(1_000_000)).map(id);
                let rows = rows.map(|id| Segment::new(id, "", true, [""; 0]).unwrap());
                export.handle_response(&fetch, NOW, &rows.collect::<Page>().to_http());
            }
            Step::Batch(Batch::Segments(batch)) => seen += batch.len(),
            Step::Done(report) => break report,
            step => panic!("{step:?}"),
        }
    };
    assert_eq!((seen, report.segments), (1_000_000, 1_000_000));
}
