//! The strategies draw what they promise, and shrink to the smallest of it.

use std::collections::{BTreeMap, HashSet};

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use segments_core::{ListRequest, Page, Segment, SortDirection};
use segments_proptest::history::{Edit, History};
use segments_proptest::judge::{Claim, judge};
use segments_proptest::response::Expected;
use segments_proptest::{
    chunks, faults, history, list_request, page, response, segment, segments, text,
};

/// Many values of a strategy.
fn values<S: Strategy>(strategy: &S, count: usize) -> Vec<S::Value> {
    let mut runner = TestRunner::deterministic();
    (0..count).map(|_| strategy.new_tree(&mut runner).unwrap().current()).collect()
}

/// What a value shrinks to if every one fails, as `Debug` shows it.
fn smallest<S: Strategy>(strategy: &S) -> String {
    let mut runner = TestRunner::deterministic();
    let smallest: HashSet<String> = (0..64)
        .map(|_| {
            let mut tree = strategy.new_tree(&mut runner).unwrap();
            while tree.simplify() {}
            format!("{:?}", tree.current())
        })
        .collect();
    assert_eq!(smallest.len(), 1, "{smallest:?}");
    smallest.into_iter().next().unwrap()
}

#[test]
fn the_smallest_is_what_a_person_would_write() {
    let a = r#"Segment { id: "a", name: "", analytics_tracking_enabled: false, tags: [] }"#;
    let page_of_none = r#"{"segments":[],"message":"success"}"#;

    assert_eq!(smallest(&text()), r#""""#);
    assert_eq!(smallest(&segment()), a);
    assert_eq!(smallest(&segments(1..5)), format!("[{a}]"));
    assert_eq!(smallest(&page().prop_map(|page| page.len())), "0");
    assert_eq!(smallest(&list_request()), "ListRequest { page: 0, sort_direction: None }");
    assert_eq!(smallest(&chunks::cuts()), "CutsPerMille([])");
    assert_eq!(smallest(&faults::script().prop_map(|script| script.faults().len())), "0");
    assert_eq!(smallest(&history()), "History::new(1, [])");
    let body = |case: &str| case.lines().last().unwrap().to_owned();
    assert_eq!(body(&smallest(&response::good())), page_of_none);
    assert_eq!(body(&smallest(&response::any())), page_of_none);
    assert_eq!(body(&smallest(&response::truncated())), "{");
    assert_eq!(body(&smallest(&response::malformed())), r#"{"segments":[],"message":"failure"}"#);
}

#[test]
fn texts_bite() {
    let texts = values(&text(), 3000);
    let any = |fits: &dyn Fn(&str) -> bool| texts.iter().any(|text| fits(text));
    assert!(any(&str::is_empty));
    assert!(any(&|text| text.contains('😀')));
    assert!(any(&|text| text.contains('ע')));
    assert!(any(&|text| text.contains('"')));
    assert!(any(&|text| text.contains('\0')));
    assert!(any(&|text| text.starts_with('=')));
    assert!(any(&|text| text.len() > 50_000));
}

#[test]
fn ids_are_of_every_form_and_never_twice() {
    let lists = values(&segments(0..200), 60);
    let mut uuids = 0;
    for list in &lists {
        let ids: HashSet<&str> = list.iter().map(Segment::id).collect();
        assert_eq!(ids.len(), list.len());
        uuids += ids.iter().filter(|id| id.len() == 36 && id.matches('-').count() == 4).count();
    }
    let all: usize = lists.iter().map(Vec::len).sum();
    assert!(all / 3 < uuids && uuids < all, "{uuids} of {all}");
}

#[test]
fn pages_are_empty_and_full_and_between() {
    let lengths: HashSet<usize> = values(&page(), 400).iter().map(Page::len).collect();
    assert!(lengths.contains(&0) && lengths.contains(&ListRequest::PAGE_SIZE));
    assert!(lengths.len() > 10);
}

#[test]
fn responses_are_of_every_form() {
    let mut forms: BTreeMap<&str, u32> = BTreeMap::new();
    let mut waits = 0;
    for case in values(&response::any(), 2500) {
        *forms.entry(case.form).or_default() += 1;
        waits += u32::from(matches!(case.expected, Expected::Retry { after: Some(_) }));
    }
    assert_eq!(forms.len(), 25, "{forms:?}");
    assert!(forms.values().all(|count| *count >= 2), "{forms:?}");
    assert!(waits > 10, "{waits}");
}

#[test]
fn histories_have_every_edit() {
    let histories = values(&history(), 400);
    let edits: Vec<&Edit> =
        histories.iter().flat_map(History::edits).map(|(_, edit)| edit).collect();
    assert!(edits.iter().any(|edit| matches!(edit, Edit::Archive(_))));
    assert!(edits.iter().any(|edit| matches!(edit, Edit::Restore(_))));
    assert!(edits.iter().any(|edit| matches!(edit, Edit::Create(_))));
    assert!(histories.iter().any(|history| history.edits().is_empty()));
}

#[test]
fn a_restored_segment_was_archived_within_the_history_or_before() {
    for history in values(&history(), 400) {
        let mut server = history.server();
        // It panics if an edit is not possible.
        for _ in 0..8 {
            server.page(ListRequest::page(0)).unwrap();
        }
    }
}

#[test]
fn the_judge_names_each_fault() {
    let mut server = History::new(9, ["a", "b", "c"]).after(1, Edit::create("d")).server();
    for _ in 0..2 {
        server.page(ListRequest::page(0)).unwrap();
    }
    let verdict = |found: &[&str], claim| judge(&server, found, claim).to_string();

    let complete = Claim::Complete(SortDirection::Asc);
    assert_eq!(verdict(&["a", "b", "c"], complete), "nothing is wrong");
    assert_eq!(verdict(&["a", "b", "c", "d"], complete), "nothing is wrong");
    assert_eq!(verdict(&["a", "c", "a", "x"], Claim::Nothing), "doubled: a; invented: x");
    assert_eq!(verdict(&["c", "a"], complete), "missing: b; out of order: a behind c");
    assert_eq!(verdict(&["c", "b", "a"], Claim::Complete(SortDirection::Desc)), "nothing is wrong");

    let snapshot = Claim::Snapshot(SortDirection::Asc);
    assert_eq!(verdict(&["a", "b", "c"], snapshot), "nothing is wrong");
    assert_eq!(verdict(&["a", "b"], snapshot), "missing: c; the list at no moment");
    let descending = Claim::Snapshot(SortDirection::Desc);
    assert_eq!(verdict(&["d", "c", "b", "a"], descending), "nothing is wrong");
}
