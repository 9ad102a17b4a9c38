//! The code of `docs/testing-your-client.md`: each block of the guide stands in this file, and what
//! the guide says that it prints is what the tests here expect.

use std::error::Error;

use serde::Deserialize;

#[derive(Deserialize)]
struct Body {
    segments: Vec<Row>,
}

#[derive(Deserialize)]
struct Row {
    id: String,
    name: String,
    analytics_tracking_enabled: bool,
    tags: Option<Vec<Option<String>>>,
}

/// Reads one page.
fn read(status: u16, body: &[u8]) -> Result<Vec<Row>, Box<dyn Error>> {
    if status != 200 {
        return Err(format!("status {status}").into());
    }
    let body: Body = serde_json::from_slice(body)?;
    Ok(body.segments)
}

/// Reads page after page until one is empty. `get` sends the request.
fn export(
    mut get: impl FnMut(u32) -> Result<(u16, Vec<u8>), Box<dyn Error>>,
) -> Result<Vec<Row>, Box<dyn Error>> {
    let mut rows = Vec::new();
    for page in 0.. {
        let (status, body) = get(page)?;
        match read(status, &body)? {
            next if next.is_empty() => break,
            next => rows.extend(next),
        }
    }
    Ok(rows)
}

use proptest::prelude::*;
use segments_core::{ListRequest, Segment, SortDirection};
use segments_proptest::judge::{Claim, judge};
use segments_proptest::{history, response};

#[test]
#[should_panic(expected = r#"another message: a page was read, of 0 segments"#)]
fn the_parser_reads_pages_and_nothing_else() {
    proptest!(|(case in response::any())| {
        let rows = read(case.response.status().as_u16(), case.response.body());
        case.check(rows.and_then(|rows| rows.into_iter().map(segment).collect()))?;
    });
}

fn segment(row: Row) -> Result<Segment, Box<dyn Error>> {
    let tags = row.tags.into_iter().flatten().flatten();
    Ok(Segment::new(row.id, row.name, row.analytics_tracking_enabled, tags)?)
}

#[test]
#[should_panic(expected = r#"history = History::new(1, ["a", "b"]).after(1, Edit::archive("a"))"#)]
fn the_loop_finds_every_segment() {
    proptest!(|(history in history())| {
        let mut server = history.server();
        let rows = export(|page| {
            let response = server.page(ListRequest::page(page))?;
            Ok((response.status().as_u16(), response.into_body()))
        });
        let ids = rows.unwrap().into_iter().map(|row| row.id);
        judge(&server, ids, Claim::Complete(SortDirection::Asc)).ok()?;
    });
}

const GUIDE: &str = include_str!("../../../docs/testing-your-client.md");

/// The blocks of the guide in this language.
fn blocks(language: &str) -> Vec<&'static str> {
    let fence = format!("```{language}\n");
    GUIDE.split(&fence).skip(1).filter_map(|behind| behind.split("\n```").next()).collect()
}

#[test]
fn the_code_of_the_guide_is_that_of_this_file() {
    let expects = |line: &&str| !line.starts_with("#[should_panic");
    let code: Vec<&str> = include_str!("guide.rs").lines().filter(expects).collect();
    let code = code.join("\n");
    let blocks = blocks("rust");
    assert_eq!(blocks.len(), 2);
    for block in blocks {
        assert!(code.contains(block), "{block}");
    }
}

/// What the two tests print, from any seed.
#[test]
fn the_output_of_the_guide_is_that_of_the_tests() {
    for (test, output) in
        [the_parser_reads_pages_and_nothing_else as fn(), the_loop_finds_every_segment]
            .into_iter()
            .zip(blocks("text"))
    {
        let panic = std::panic::catch_unwind(test).unwrap_err();
        let message = panic.downcast_ref::<String>().unwrap();
        let message: Vec<&str> = message.lines().map(str::trim).collect();
        for line in output.lines() {
            assert!(message.contains(&line.trim()), "{line:?} in {message:#?}");
        }
    }
}
