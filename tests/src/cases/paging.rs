//! The rows P that a script can play: pages are lists of letters, and behind them is nothing.

use std::time::Duration;

use segments_core::{Goal, Segment, SortDirection};
use segments_emulator::Fault;

use super::build::{body, case, letters, segment};
use super::case::Case;

pub(super) fn cases() -> Vec<Case> {
    [lengths(), odd_pages(), moving(), cached()].concat()
}

/// These pages in ascending order, and these in descending; `list` comes out.
fn pages(row: &'static str, name: &'static str, asc: &[&str], desc: &[&str], list: &str) -> Case {
    let mut case = case(row, name, 0);
    for (direction, pages) in [(SortDirection::Asc, asc), (SortDirection::Desc, desc)] {
        for (page, ids) in (0..).zip(pages) {
            let body = Fault::body(body(&letters(ids)));
            case = case.fault(body.page(page).sort_direction(direction).forever());
        }
    }

    case.expected.list = letters(list);
    case
}

fn walk(row: &'static str, name: &'static str, asc: &[&str], list: &str) -> Case {
    pages(row, name, asc, &[], list)
}

/// A walk, the other goals over the same, and newest first.
fn lengths() -> Vec<Case> {
    vec![
        case("P1", "one", 1),
        case("P1", "99", 99),
        case("P1", "a full page", 100),
        case("P1", "101", 101),
        case("P1", "two full pages", 200),
        case("P1", "three pages", 250),
        case("P1", "newest first", 150).newest_first(),
        case("P1", "200, complete", 200).goal(Goal::Complete),
        case("P1", "250, complete", 250).goal(Goal::Complete),
        case("P1", "200, a snapshot", 200).goal(Goal::Snapshot),
        case("P2", "pages of 150", 400).pages_of(150).anomalies("long_page"),
        case("P2", "pages of 150, complete", 400).pages_of(150).goal(Goal::Complete),
        case("P14", "nothing", 0),
        case("P14", "nothing, complete", 0).goal(Goal::Complete),
        case("P14", "nothing, a snapshot", 0).goal(Goal::Snapshot),
        empty_at_first("an empty answer to each of two pages, and then a list", Goal::Walk),
        empty_at_first("the same, complete", Goal::Complete),
        empty_at_first("the same, a snapshot", Goal::Snapshot),
        // So long that a window of 4 does not reach its end before the limit is noticed.
        case("P10", "more pages than allowed", 950).max_pages(2).ends("paging").says("2 pages"),
        case("P10", "as many as allowed", 250).max_pages(4),
    ]
}

fn odd_pages() -> Vec<Case> {
    let same = |name, goal| {
        case("P4", name, 250).fault(Fault::ignore_page().forever()).goal(goal).ends("paging")
    };
    let ordered = |name, goal| {
        case("P9", name, 250).fault(Fault::ignore_sort_direction().forever()).goal(goal)
    };

    vec![
        walk("P3", "a short page", &["abc", "de", "fgh"], "abcdefgh").anomalies("short_page"),
        pages(
            "P3",
            "a short page, complete",
            &["abc", "de", "fgh"],
            &["hgf", "ed", "cba"],
            "abcdefgh",
        )
        .goal(Goal::Complete)
        .ends("not_proven")
        .says("page 1 (asc) had 2 segments, although more followed"),
        pages(
            "P3",
            "a short page, a snapshot",
            &["abc", "de", "fgh"],
            &["hgf", "ed", "cba"],
            "abcdefgh",
        )
        .goal(Goal::Snapshot)
        .ends("not_proven")
        .says("had 2 segments, although more followed"),
        same("the same page", Goal::Walk).says("the same segments"),
        same("the same page, complete", Goal::Complete),
        same("the same page, a snapshot", Goal::Snapshot),
        walk("P4", "the last page for ever", &["abc", "def", "def", "def"], "abcdef")
            .ends("paging"),
        ordered("the order is ignored", Goal::Walk),
        ordered("the order is ignored, complete", Goal::Complete).ends("not_proven"),
        ordered("the order is ignored, a snapshot", Goal::Snapshot),
        turned("only the pages are turned round, complete", Goal::Complete),
        turned("only the pages are turned round, a snapshot", Goal::Snapshot),
        walk("P9", "no order", &["cab", "fed"], "cabfed"),
        pages("P9", "another order each way", &["abcd", "efgh"], &["badc", "fehg"], "")
            .goal(Goal::Complete)
            .ends("not_proven"),
        walk("P8", "twice on one page", &["abc", "ded"], "abc").ends("paging"),
    ]
}

/// What a reader sees of a list that changes meanwhile.
fn moving() -> Vec<Case> {
    vec![
        walk("P5", "created at the end", &["abc", "defg"], "abcdefg"),
        pages(
            "P5",
            "created behind the first way",
            &["abc", "def"],
            &["gfe", "dcb", "a"],
            "abcdefg",
        )
        .goal(Goal::Complete),
        pages("P6", "a row twice", &[], &["fed", "dcb", "a"], "abcdef")
            .newest_first()
            .anomalies("duplicate"),
        walk("P7", "a row that a walk misses", &["abc", "efg"], "abcefg"),
        pages(
            "P7",
            "a row that a walk misses, complete",
            &["abc", "efg"],
            &["gfe", "dca"],
            "abcdefg",
        )
        .goal(Goal::Complete),
        pages("P7", "a row that never comes", &["abc", "efg"], &["gfe", "cba"], "abcefg")
            .goal(Goal::Snapshot),
        renamed("the first is given", Goal::Walk, "old"),
        renamed("the last is in the list", Goal::Complete, "new"),
    ]
}

/// A cache answers in the server's place, and passes on what the server has said.
fn cached() -> Vec<Case> {
    let with = |header, value| Fault::delay(Duration::ZERO).header(header, value);
    let old = |name, goal| case("P16", name, 250).goal(goal).anomalies("cached");

    let from_a_cache = |name, goal, header, value, says| {
        let fault = with(header, value).page(1).forever();
        let case = old(name, goal).attempts(2).fault(fault);
        case.tries(2).ends("protocol").says(says)
    };

    let same = |name, goal| {
        old(name, goal)
            .fault(with("x-request-id", "the-same").forever())
            .ends("protocol")
            .says("repeats the request id")
    };

    vec![
        from_a_cache("old for ever, complete", Goal::Complete, "age", "7", "7 seconds old"),
        from_a_cache("old for ever, a snapshot", Goal::Snapshot, "age", "1", "1 second old"),
        from_a_cache("a hit, complete", Goal::Complete, "x-cache", "HIT", "from a cache"),
        old("old once, complete", Goal::Complete).fault(with("age", "7").page(1)).retries(1),
        old("old once, a snapshot", Goal::Snapshot).fault(with("age", "7").page(1)).retries(1),
        old("old for ever, a walk", Goal::Walk)
            .fault(with("age", "7").page(1).forever())
            .retries(0),
        old("an old end of a walk", Goal::Walk).fault(with("age", "7").page(3)).retries(1),
        same("the same answer again, complete", Goal::Complete),
        same("the same answer again, a snapshot", Goal::Snapshot),
        case("P16", "as old as nothing", 250)
            .goal(Goal::Complete)
            .fault(with("age", "0").forever())
            .retries(0),
        case("P16", "no request ids", 250)
            .goal(Goal::Snapshot)
            .fault(with("x-request-id", "").forever())
            .retries(0),
    ]
}

/// Pages of three whose rows are sorted, and not the list.
fn turned(name: &'static str, goal: Goal) -> Case {
    let (asc, desc) = (["abc", "def", "gh"], ["cba", "fed", "hg"]);
    pages("P9", name, &asc, &desc, "abcdefgh").goal(goal).ends("not_proven").says("a walk reads")
}

/// Of a list of three pages the first two are empty when they are first asked for.
fn empty_at_first(name: &'static str, goal: Goal) -> Case {
    let pages = [0, 1].map(|page| Fault::body(body(&[])).page(page));
    pages.into_iter().fold(case("P14", name, 250), Case::fault).goal(goal)
}

/// `b` has two names: on two pages of a walk, and from the two ends of the list.
fn renamed(name: &'static str, goal: Goal, out: &str) -> Case {
    let b = |name: &str| segment("b", name);
    let page = |page, direction, list: &[Segment]| {
        Fault::body(body(list)).page(page).sort_direction(direction).forever()
    };
    let [a, c] = ["a", "c"].map(letters).map(|mut list| list.remove(0));
    let behind = if goal == Goal::Walk { vec![b("new"), c.clone()] } else { vec![c.clone()] };

    let mut case = case("P8", name, 0)
        .fault(page(0, SortDirection::Asc, &[a.clone(), b("old")]))
        .fault(page(1, SortDirection::Asc, &behind))
        .fault(page(0, SortDirection::Desc, &[c.clone(), b("new")]))
        .fault(page(1, SortDirection::Desc, std::slice::from_ref(&a)))
        .goal(goal)
        .anomalies("attributes_changed");

    case.expected.list = vec![a, b(out), c];
    case
}
