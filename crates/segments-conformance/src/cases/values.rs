//! Values that real and future responses may have.

use segments_core::{ListRequest, Segment, SortDirection};
use segments_emulator::{Fault, Workspace};
use serde_json::{Value, json};

use super::build::{USUAL, always, changed, rows, second_page, workspace};
use crate::case::{Case, Setting};

/// Ids that are no UUIDs, each of which some parser takes for something else. None has a line feed
/// or a blank at its end, so that a client can print it on a line.
const ODD_IDS: [&str; 12] = [
    "1",
    "007",
    "1e5",
    "9007199254740993",
    "null",
    "NaN",
    "6D68EA15-26C4-4109-835A-65B81773A5E2",
    "6d68ea15-26c4-4109-835a-65b81773a5e2",
    "a b",
    "a,b;c|d",
    "größe/日本?x=1&y#z",
    "say \"hi\"",
];

pub(super) const CASES: &[Case] = &[
    Case::new("null-tags", "`tags` is null in every segment", |setting| {
        each_row(setting, |row| row["tags"] = Value::Null)
    }),
    Case::new("no-tags", "no segment has `tags`", |setting| {
        each_row(setting, |row| drop(row.as_object_mut().map(|row| row.remove("tags"))))
    }),
    Case::new("unknown-fields", "every segment has fields that nobody knows yet", |setting| {
        each_row(setting, |row| row["folder"] = json!({ "id": "x", "segments": [] }))
    }),
    Case::new("escaped", "every character of an id is a JSON escape", escaped_ids),
    Case::new("odd-ids", "ids that are no UUIDs", odd_ids),
    Case::new("long-id", "an id of 2000 characters", |setting| {
        workspace(setting, 3).with_segments([segment(&"x".repeat(2000))])
    }),
    Case::new("invalid-utf-8", "page 1: always a name that is not UTF-8", |setting| {
        always(setting, with_name(setting, b"VIP \xff"))
    }),
    Case::new("half-emoji", "page 1: always a name with half a surrogate pair", |setting| {
        always(setting, with_name(setting, br"VIP \ud83d"))
    }),
];

fn segment(id: &str) -> Segment {
    Segment::new(id, "A name", true, [""; 0]).expect("the id is not empty")
}

fn each_row(setting: &Setting<'_>, change: fn(&mut Value)) -> Workspace {
    changed(workspace(setting, USUAL), |page| rows(page).iter_mut().for_each(change))
}

fn odd_ids(setting: &Setting<'_>) -> Workspace {
    workspace(setting, 0).with_segments(ODD_IDS.map(segment))
}

/// One page, both orders of which are the same.
fn escaped_ids(setting: &Setting<'_>) -> Workspace {
    let workspace = workspace(setting, 1);
    let id = workspace.segments().next().expect("one segment").id().to_owned();
    let escaped = id.bytes().fold(String::new(), |text, byte| text + &format!("\\u{byte:04x}"));

    let body = workspace.page(ListRequest::page(0)).to_http().into_body();
    let body = String::from_utf8(body).expect("JSON is UTF-8").replace(&id, &escaped);
    workspace.with_faults([Fault::body(body).page(0).forever()].into_iter().collect())
}

/// Page 1, oldest first, with these bytes as the first name.
fn with_name(setting: &Setting<'_>, name: &[u8]) -> Fault {
    let page = String::from_utf8(second_page(&workspace(setting, USUAL))).expect("UTF-8");
    let (before, rest) = page.split_once(r#""name":""#).expect("a name");
    let (_, after) = rest.split_once("\",\"analytics").expect("its end");

    let quoted = [br#""name":""#, name, b"\",\"analytics"].concat();
    let page = [before.as_bytes(), &quoted, after.as_bytes()].concat();
    Fault::body(page).sort_direction(SortDirection::Asc)
}
