//! Five bugs that clients have, and the minimal case for each: what a person would have written.

use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestError, TestRng, TestRunner};
use segments_core::{ListRequest, Segment, SortDirection};
use segments_proptest::history::Server;
use segments_proptest::judge::{Claim, judge};
use segments_proptest::{history, response};
use serde::Deserialize;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Bug {
    None,
    TruncationIsTheEnd,
    NullTagsRefused,
    DuplicatesKept,
    FullLastPageDropped,
    EmptyPageIsTheEnd,
}

#[derive(Deserialize)]
struct Body {
    segments: Vec<Row>,
    message: String,
}

#[derive(Deserialize)]
struct Row {
    id: String,
    name: String,
    analytics_tracking_enabled: bool,
    tags: Option<Vec<Option<String>>>,
}

/// A parser that is right but for the bug.
fn read(response: &http::Response<Vec<u8>>, bug: Bug) -> Result<Vec<Segment>, String> {
    if response.status() != 200 {
        return Err(response.status().to_string());
    }
    let body: Body = match serde_json::from_slice(response.body()) {
        Ok(body) => body,
        // An empty body is another matter.
        Err(error) if error.is_eof() && error.column() > 0 && bug == Bug::TruncationIsTheEnd => {
            return Ok(Vec::new());
        }
        Err(error) => return Err(error.to_string()),
    };
    if body.message != "success" {
        return Err(body.message);
    }

    let segment = |row: Row| {
        // As `#[serde(default)] tags: Vec<Option<String>>` does it, where `null` is refused.
        let null = br#""tags":null"#;
        let is_null =
            row.tags.is_none() && response.body().windows(null.len()).any(|at| at == null);
        if is_null && bug == Bug::NullTagsRefused {
            return Err("invalid type: null, expected a sequence".to_owned());
        }
        let tags = row.tags.into_iter().flatten().flatten();
        Segment::new(row.id, row.name, row.analytics_tracking_enabled, tags)
            .map_err(|error| error.to_string())
    };
    body.segments.into_iter().map(segment).collect()
}

/// A walk from page 0 that asks once more for an empty page and keeps each id once, but for the
/// bug.
fn walk(server: &mut Server, bug: Bug, page_size: u32) -> Result<Vec<String>, String> {
    let mut ids: Vec<String> = Vec::new();
    let mut held: Vec<String> = Vec::new();
    for page in 0.. {
        let mut rows = page_of(server, page)?;
        if rows.is_empty() && bug != Bug::EmptyPageIsTheEnd {
            rows = page_of(server, page)?;
        }
        if rows.is_empty() {
            break;
        }

        let full = rows.len() == page_size as usize;
        if bug == Bug::FullLastPageDropped {
            std::mem::swap(&mut held, &mut rows);
            if !full {
                rows.append(&mut held);
            }
        }
        rows.retain(|id| bug == Bug::DuplicatesKept || !ids.contains(id));
        ids.append(&mut rows);
    }
    Ok(ids)
}

fn page_of(server: &mut Server, page: u32) -> Result<Vec<String>, String> {
    let list = ListRequest::page(page).sort(SortDirection::Asc);
    let response = server.page(list).map_err(|error| error.to_string())?;
    let rows = read(&response, Bug::None)?;
    Ok(rows.iter().map(|row| row.id().to_owned()).collect())
}

/// What proptest shrinks the first failure to, as `Debug` shows it: the same from every seed.
fn minimal<S: Strategy>(
    strategy: S,
    holds: impl Fn(S::Value) -> Result<(), TestCaseError>,
) -> String {
    let minimal = |seed: u8| {
        let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[seed; 32]);
        let config = Config { failure_persistence: None, ..Config::with_cases(4096) };
        match TestRunner::new_with_rng(config, rng).run(&strategy, &holds) {
            Err(TestError::Fail(_, value)) => format!("{value:?}"),
            other => panic!("seed {seed}: {other:?}"),
        }
    };
    let first = minimal(0);
    for seed in 1..16 {
        assert_eq!(minimal(seed), first, "seed {seed}");
    }
    first
}

fn check(case: &response::Case, bug: Bug) -> Result<(), TestCaseError> {
    Ok(case.check(read(&case.response, bug))?)
}

#[test]
fn the_parser_without_a_bug_is_right() {
    let mut runner = TestRunner::deterministic();
    runner.run(&response::any(), |case| check(&case, Bug::None)).unwrap();
}

#[test]
fn truncation_taken_as_the_end() {
    let minimal = minimal(response::any(), |case| check(&case, Bug::TruncationIsTheEnd));
    assert_eq!(
        minimal,
        "truncated, expected Retry { after: None }\n200, content-type: application/json\n{"
    );
}

#[test]
fn null_tags_refused() {
    let minimal = minimal(response::any(), |case| check(&case, Bug::NullTagsRefused));
    let body = minimal.lines().last().unwrap();
    assert_eq!(
        body,
        r#"{"segments":[{"id":"a","name":"","analytics_tracking_enabled":false,"tags":null}],"message":"success"}"#
    );
}

#[test]
fn duplicates_kept() {
    let minimal = minimal(history(), |history| {
        let mut server = history.server();
        let found = walk(&mut server, Bug::DuplicatesKept, history.page_size()).unwrap();
        let verdict = judge(&server, found, Claim::Nothing);
        Ok(verdict.ok()?)
    });
    assert_eq!(
        minimal,
        r#"History::new(1, ["a", "b"]).archived("a").after(1, Edit::restore("a"))"#
    );
}

#[test]
fn a_full_last_page_dropped() {
    let minimal = minimal(history(), |history| {
        let mut server = history.server();
        let found = walk(&mut server, Bug::FullLastPageDropped, history.page_size()).unwrap();
        // A walk loses segments as it is: only lists to which nothing happens tell the bug.
        let claim = match history.edits() {
            [] => Claim::Complete(SortDirection::Asc),
            _ => Claim::Nothing,
        };
        Ok(judge(&server, found, claim).ok()?)
    });
    assert_eq!(minimal, r#"History::new(1, ["a"])"#);
}

#[test]
fn an_empty_page_taken_as_the_end() {
    let minimal = minimal(history::faulty(), |history| {
        let mut server = history.server();
        let walked = walk(&mut server, Bug::EmptyPageIsTheEnd, history.page_size());
        // A server that lies for ever deceives everybody, and a walk loses segments as it is.
        let lasting = history.faults().faults().any(|fault| fault.times != Some(1));
        let claim = match history.edits() {
            [] if !lasting => Claim::Complete(SortDirection::Asc),
            _ => Claim::Nothing,
        };
        walked.map_or(Ok(()), |found| Ok(judge(&server, found, claim).ok()?))
    });
    assert_eq!(
        minimal,
        r##"History::new(1, ["a"]).with_faults(r#"[{"kind":{"body":"{\"segments\":[],\"message\":\"success\"}"},"page":0}]"#.parse()?)"##
    );
}

#[test]
fn a_walk_loses_what_moves_up() {
    let minimal = minimal(history(), |history| {
        let mut server = history.server();
        let found = walk(&mut server, Bug::None, history.page_size()).unwrap();
        Ok(judge(&server, found, Claim::Complete(SortDirection::Asc)).ok()?)
    });
    assert_eq!(minimal, r#"History::new(1, ["a", "b"]).after(1, Edit::archive("a"))"#);
}
