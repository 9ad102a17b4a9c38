//! Where a right client may be strict or not.

use std::time::Duration;

use http::Request;
use proptest::prelude::*;
use proptest::sample::select;
use segments_core::Segment;
use segments_emulator::{Fault, Script, Workspace};

use super::case::{Case, Expected};
use super::segments;
use super::style::{Change, Edit, style, write, write_changed};

/// A page with something odd about it that a client may accept or refuse, but must not read as
/// another page: a byte order mark, arrays nested up to 100,000 deep under an unknown key, numbers
/// that fit no type, headers that announce a coding or two framings, a status such as 206, or no
/// `segments` or `message`.
///
/// ```
/// use proptest::prelude::*;
/// use segments_proptest::response::{self, Expected};
///
/// proptest!(|(case in response::lenient())| {
///     prop_assert!(matches!(case.expected, Expected::PageOrError(_)));
/// });
/// ```
pub fn lenient() -> impl Strategy<Value = Case> + Clone {
    let odd = select(ODD).prop_map(str::as_bytes).prop_map(<[u8]>::to_vec);
    let deep = prop_oneof![4 => 120_usize..140, 1 => 120_usize..100_000]
        .prop_map(|depth| [vec![b'['; depth], vec![b']'; depth]].concat());
    let unknown =
        (segments(), style(), prop_oneof![odd, deep]).prop_map(|(segments, style, value)| {
            let edit = Edit::Precede(&value);
            let change = Change { row: None, key: "segments", edit };
            let body = write_changed(&segments, style, Some(change));
            Case::new(body, "an extreme unknown value", Expected::PageOrError(segments))
        });

    let bom = (segments(), style()).prop_map(|(segments, style)| {
        let body = [b"\xEF\xBB\xBF", &write(&segments, style)[..]].concat();
        Case::new(body, "a byte order mark", Expected::PageOrError(segments))
    });
    let head = (segments(), style(), select(HEADERS)).prop_map(
        |(segments, style, (form, header, value))| {
            let body = write(&segments, style);
            Case::new(body, form, Expected::PageOrError(segments)).header(header, value)
        },
    );
    let framings = (segments(), style()).prop_map(|(segments, style)| {
        let body = write(&segments, style);
        let length = body.len().to_string();
        Case::new(body, "two framings", Expected::PageOrError(segments))
            .header("content-length", &length)
            .header("transfer-encoding", "chunked")
    });
    let status = (segments(), style(), select(vec![201_u16, 202, 203, 206])).prop_map(
        |(segments, style, status)| {
            let body = write(&segments, style);
            Case::new(body, "another success", Expected::PageOrError(segments)).status(status)
        },
    );
    let compressed = segments().prop_map(compressed);

    prop_oneof![
        2 => missing(),
        1 => bom,
        2 => unknown,
        1 => head,
        1 => framings,
        1 => status,
        1 => compressed,
    ]
    .boxed()
}

const ODD: &[&str] = &["1e999", "-1e-999", "123456789012345678901234567890", "0.1e+400"];

const HEADERS: &[(&str, &str, &str)] = &[
    ("a coding that is none", "content-encoding", "identity"),
    ("a coding that is none", "content-encoding", "utf-8"),
    ("a coding that was undone", "content-encoding", "gzip"),
    ("called HTML", "content-type", "text/html"),
    ("called a text", "content-type", "text/plain"),
];

/// No `segments` is said to be an empty page; no `message` would not be missed by most.
fn missing() -> impl Strategy<Value = Case> + Clone {
    let remove = |key| Some(Change { row: None, key, edit: Edit::Remove });
    let no_segments = style().prop_map(move |style| {
        let body = write_changed(&[], style, remove("segments"));
        Case::new(body, "no segments", Expected::PageOrError(Vec::new()))
    });
    let no_message = (segments(), style()).prop_map(move |(segments, style)| {
        let body = write_changed(&segments, style, remove("message"));
        Case::new(body, "no message", Expected::PageOrError(segments))
    });
    prop_oneof![no_segments, no_message].boxed()
}

/// The emulator's page, compressed though nobody asked.
fn compressed(segments: Vec<Segment>) -> Case {
    let mut workspace = Workspace::new()
        .with_key("key")
        .with_segments(segments.iter().cloned())
        .with_faults(Script::new().then(Fault::gzip()));
    let request = Request::get("/segments/list").header("authorization", "Bearer key").body(());
    let request = request.expect("a request");
    let body = workspace.answer(&request, Duration::from_secs(1_592_427_423)).into_body();
    Case::new(body, "compressed", Expected::PageOrError(segments))
        .header("content-encoding", "gzip")
}
