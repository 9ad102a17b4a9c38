//! A page is the same after any way of writing it that JSON and servers allow.

use std::fmt::Write;

use http::Response;
use segments_core::{Page, Segment};
use serde_json::Value;

use super::{Source, api};

/// One row, as a test makes it up. `None` among the tags is written as `null`.
#[derive(Debug, Clone, Default)]
pub struct Row {
    /// An empty one counts as `-`, because no segment has it.
    pub id: String,
    /// Any text.
    pub name: String,
    /// Either.
    pub tracking: bool,
    /// Any texts, and gaps.
    pub tags: Vec<Option<String>>,
}

/// How a page is written. Every choice is one that a server might make.
#[derive(Debug, Clone, Copy, Default)]
// Each is a choice of its own.
#[expect(clippy::struct_excessive_bools)]
pub struct Style {
    /// Picks the order of the keys.
    pub order: u8,
    /// Adds keys that nobody knows, with values of every type.
    pub unknown_keys: bool,
    /// Begins with a byte order mark.
    pub bom: bool,
    /// Puts white space wherever it may stand.
    pub spaces: bool,
    /// Writes every character beyond ASCII as an escape.
    pub escapes: bool,
    /// Leaves `tags` out, or writes `null`, where there are none.
    pub sparse_tags: bool,
}

/// Checks rows and a style that are made of the input.
pub fn check(input: &[u8]) {
    let mut source = Source::new(input);
    let bits = source.byte();

    let style = Style {
        order: source.byte(),
        unknown_keys: bits & 1 > 0,
        bom: bits & 2 > 0,
        spaces: bits & 4 > 0,
        escapes: bits & 8 > 0,
        sparse_tags: bits & 16 > 0,
    };

    page_round_trip(&rows(&mut source), style);
}

/// Up to 120 rows, to the end of the input.
pub fn rows(source: &mut Source<'_>) -> Vec<Row> {
    let mut rows = Vec::new();
    while !source.is_empty() && rows.len() < 120 {
        let (id, name, tracking) = (source.text(), source.text(), source.coin());
        let tag = |source: &mut Source| source.coin().then(|| source.text());
        let tags = (0..source.below(4)).map(|_| tag(source)).collect();
        rows.push(Row { id, name, tracking, tags });
    }
    rows
}

/// What was written is what is read, by way of the API and by way of serde.
///
/// # Panics
/// When violated.
pub fn page_round_trip(rows: &[Row], style: Style) {
    let page: Page = rows.iter().map(segment).collect();
    let api = api();
    let read = api.read(&page.to_http()).expect("our own page");

    assert_eq!(read, page);
    assert_eq!(read.len(), rows.len());

    let text = write(rows, style);
    let foreign = api.read(&Response::new(&text)).expect("a page in another style");

    assert_eq!(foreign, page, "{text:?}");

    for (row, segment) in rows.iter().zip(foreign.segments()) {
        assert_eq!(segment.name(), row.name);
        assert_eq!(segment.analytics_tracking_enabled(), row.tracking);
        assert!(segment.tags().eq(row.tags.iter().flatten().map(String::as_str)));
        assert_eq!(segment, self::segment(row));
    }

    // Read once and written once, a page is in its one form.
    assert_eq!(foreign.to_http().body(), page.to_http().body());
}

fn id(row: &Row) -> &str {
    if row.id.is_empty() { "-" } else { &row.id }
}

/// The row as a segment.
///
/// # Panics
/// Never: its id is not empty.
pub fn segment(row: &Row) -> Segment {
    let tags = row.tags.iter().flatten();
    Segment::new(id(row), &row.name, row.tracking, tags).expect("an id that is not empty")
}

/// The body of the page, in this style.
pub fn write(rows: &[Row], style: Style) -> Vec<u8> {
    let rows: Vec<String> = rows.iter().map(|row| write_row(row, style)).collect();
    let space = if style.spaces { " \r\n\t" } else { "" };
    let list = format!("[{space}{}{space}]", rows.join(","));
    let mut members = vec![("segments", list), ("message", "\"success\"".to_owned())];

    if style.unknown_keys {
        members.push(("next", r#"{"segments":[{}],"message":1e999}"#.to_owned()));
        members.push(("total", "-0.5e-3".to_owned()));
    }

    let text = write_object(members, style);
    let bom: &[u8] = if style.bom { b"\xEF\xBB\xBF" } else { b"" };
    [bom, text.as_bytes()].concat()
}

fn write_row(row: &Row, style: Style) -> String {
    let texts = row.tags.iter().map(|tag| match tag {
        Some(tag) => write_text(tag, style),
        None => "null".to_owned(),
    });
    let tags = format!("[{}]", texts.collect::<Vec<_>>().join(","));

    let mut members = vec![
        ("id", write_text(id(row), style)),
        ("name", write_text(&row.name, style)),
        ("analytics_tracking_enabled", row.tracking.to_string()),
    ];

    match (style.sparse_tags && row.tags.is_empty(), row.tracking) {
        (true, true) => members.push(("tags", "null".to_owned())),
        (true, false) => {}
        (false, _) => members.push(("tags", tags)),
    }

    if style.unknown_keys {
        members.push(("ID", "123456789012345678901234567890".to_owned()));
        members.push(("teams", r#"[null,true,{"id":""},"id",[[]]]"#.to_owned()));
    }

    write_object(members, style)
}

fn write_object(mut members: Vec<(&str, String)>, style: Style) -> String {
    let turn = usize::from(style.order) % members.len();
    members.rotate_left(turn);

    if style.order & 0x80 > 0 {
        members.reverse();
    }

    let space = if style.spaces { "\n " } else { "" };
    let before_colon = if style.order & 0x40 > 0 { space } else { "" };
    let members: Vec<String> = members
        .iter()
        .map(|(key, value)| format!("{space}\"{key}\"{before_colon}:{space}{value}{space}"))
        .collect();
    format!("{space}{{{}}}{space}", members.join(","))
}

fn write_text(text: &str, style: Style) -> String {
    let text = Value::from(text).to_string();
    if !style.escapes {
        return text;
    }

    let mut out = String::new();
    for character in text.chars() {
        if character.is_ascii() {
            out.push(character);
        } else {
            let mut units = [0; 2];
            for unit in character.encode_utf16(&mut units) {
                write!(out, "\\u{unit:04X}").expect("a string takes everything");
            }
        }
    }

    out
}
