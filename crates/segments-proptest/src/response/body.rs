//! 200, and no page.

use proptest::prelude::*;
use proptest::sample::{Index, select};

use super::case::{Case, Expected};
use super::segments;
use super::style::{Change, Edit, style, write, write_changed};
use crate::segment;

/// A page that ends too early, behind any byte but the last: a connection that was cut where its
/// end is the body's end. Shrinks to `{`.
///
/// ```
/// use proptest::prelude::*;
/// use segments_proptest::response;
///
/// proptest!(|(case in response::truncated())| {
///     let error = serde_json::from_slice::<serde_json::Value>(case.response.body()).unwrap_err();
///     prop_assert!(error.is_eof() || error.is_syntax());
/// });
/// ```
pub fn truncated() -> impl Strategy<Value = Case> + Clone {
    (segments(), style(), any::<Index>())
        .prop_map(|(segments, style, end)| {
            let mut body = write(&segments, style);
            let start = body.len() - body.trim_ascii_start().len();
            let json = body.trim_ascii().len();
            body.truncate(start + 1 + end.index(json - 1));
            Case::new(body, "truncated", Expected::Retry { after: None })
        })
        .boxed()
}

/// JSON that is not as documented in one place: a value of another type, a key that is missing or
/// repeated, text that is not UTF-8, another `message`, something behind the end.
///
/// Shrinks to one segment in the documented form, with that one thing wrong.
///
/// ```
/// use proptest::prelude::*;
/// use segments_proptest::response::{self, Expected};
///
/// proptest!(|(case in response::malformed())| {
///     prop_assert_eq!(case.response.status(), 200);
///     prop_assert_eq!(case.expected, Expected::Error);
/// });
/// ```
pub fn malformed() -> impl Strategy<Value = Case> + Clone {
    let in_a_row = (segment::segments(1..=3), style(), any::<Index>(), select(WRONG_ROWS))
        .prop_map(|(segments, style, row, (form, key, edit))| {
            let change = Change { row: Some(row.index(segments.len())), key, edit };
            let body = write_changed(&segments, style, Some(change));
            Case::new(body, form, Expected::Error)
        });
    let on_the_page = (segments(), style(), select(WRONG_PAGES)).prop_map(
        |(segments, style, (form, key, edit))| {
            let change = Change { row: None, key, edit };
            let body = write_changed(&segments, style, Some(change));
            Case::new(body, form, Expected::Error)
        },
    );
    let behind_the_end =
        (segments(), style(), select(TAILS)).prop_map(|(segments, style, tail)| {
            let body = [&write(&segments, style), tail].concat();
            Case::new(body, "something behind the end", Expected::Error)
        });
    prop_oneof![6 => on_the_page, 6 => in_a_row, 1 => behind_the_end].boxed()
}

type Wrong = (&'static str, &'static str, Edit<'static>);

const TYPE: &str = "another type";
const TWICE: &str = "a repeated key";
const MISSING: &str = "a missing key";
const NO_TEXT: &str = "invalid text";
const MESSAGE: &str = "another message";

const WRONG_PAGES: &[Wrong] = &[
    (MESSAGE, "message", Edit::Replace(b"\"failure\"")),
    (MESSAGE, "message", Edit::Replace(b"\"\"")),
    (MESSAGE, "message", Edit::Replace(b"\"Success\"")),
    (TYPE, "message", Edit::Replace(b"null")),
    (TYPE, "message", Edit::Replace(b"true")),
    (TYPE, "message", Edit::Replace(b"[\"success\"]")),
    (TWICE, "message", Edit::Repeat(b"\"success\"")),
    (TYPE, "segments", Edit::Replace(b"null")),
    (TYPE, "segments", Edit::Replace(b"{}")),
    (TYPE, "segments", Edit::Replace(b"\"\"")),
    (TYPE, "segments", Edit::Replace(b"0")),
    (TYPE, "segments", Edit::Replace(b"false")),
    (TYPE, "segments", Edit::Replace(b"[null]")),
    (TYPE, "segments", Edit::Replace(b"[[]]")),
    (TYPE, "segments", Edit::Replace(b"[\"a\"]")),
    (MISSING, "segments", Edit::Replace(b"[{}]")),
    (TWICE, "segments", Edit::Repeat(b"[]")),
];

const WRONG_ROWS: &[Wrong] = &[
    (TYPE, "id", Edit::Replace(b"null")),
    (TYPE, "id", Edit::Replace(b"1")),
    (TYPE, "id", Edit::Replace(b"1e999")),
    (TYPE, "id", Edit::Replace(b"true")),
    (TYPE, "id", Edit::Replace(b"[]")),
    (TYPE, "id", Edit::Replace(b"{}")),
    ("an empty id", "id", Edit::Replace(b"\"\"")),
    (MISSING, "id", Edit::Remove),
    (TWICE, "id", Edit::Repeat(b"\"other\"")),
    (NO_TEXT, "id", Edit::Replace(b"\"\\ud800\"")),
    (NO_TEXT, "id", Edit::Replace(b"\"\xff\"")),
    (TYPE, "name", Edit::Replace(b"null")),
    (TYPE, "name", Edit::Replace(b"1")),
    (TYPE, "name", Edit::Replace(b"[]")),
    (MISSING, "name", Edit::Remove),
    (TWICE, "name", Edit::Repeat(b"\"other\"")),
    (NO_TEXT, "name", Edit::Replace(b"\"\\ud83d\"")),
    (NO_TEXT, "name", Edit::Replace(b"\"\\ude00\\ud83d\"")),
    (NO_TEXT, "name", Edit::Replace(b"\"\xc3\"")),
    (NO_TEXT, "name", Edit::Replace(b"\"\n\"")),
    (NO_TEXT, "name", Edit::Replace(b"\"\\x\"")),
    (TYPE, "analytics_tracking_enabled", Edit::Replace(b"null")),
    (TYPE, "analytics_tracking_enabled", Edit::Replace(b"1")),
    (TYPE, "analytics_tracking_enabled", Edit::Replace(b"\"true\"")),
    (MISSING, "analytics_tracking_enabled", Edit::Remove),
    (TWICE, "analytics_tracking_enabled", Edit::Repeat(b"true")),
    (TYPE, "tags", Edit::Replace(b"\"a\"")),
    (TYPE, "tags", Edit::Replace(b"0")),
    (TYPE, "tags", Edit::Replace(b"{}")),
    (TYPE, "tags", Edit::Replace(b"[0]")),
    (TYPE, "tags", Edit::Replace(b"[[]]")),
    (TYPE, "tags", Edit::Replace(b"[{\"name\":\"a\"}]")),
    (NO_TEXT, "tags", Edit::Replace(b"[\"\\ud800\"]")),
];

const TAILS: &[&[u8]] =
    &[b"x", b",", b"}", b"{}", b"\0", b"{\"segments\":[],\"message\":\"success\"}"];

/// 200 with something that is no page at all: HTML, another JSON document, another list, nothing.
/// Shrinks to the HTML of a login page.
///
/// ```
/// use proptest::prelude::*;
/// use segments_proptest::response::{self, Expected};
///
/// proptest!(|(case in response::not_a_page())| {
///     prop_assert_eq!(case.response.status(), 200);
///     prop_assert_eq!(case.expected, Expected::Error);
/// });
/// ```
pub fn not_a_page() -> impl Strategy<Value = Case> + Clone {
    let html = select(HTML).prop_map(|body| {
        Case::new(body, "HTML", Expected::Error).header("content-type", "text/html")
    });
    let json = select(OTHERS).prop_map(|body| Case::new(body, "another document", Expected::Error));
    prop_oneof![1 => html, 2 => json].boxed()
}

const HTML: &[&str] = &[
    "<!DOCTYPE html><html><body>Sign in</body></html>",
    "\r\n  <html></html>",
    "<",
    "<?xml version=\"1.0\"?><Error/>",
];

const OTHERS: &[&str] = &[
    "",
    "{}",
    "[]",
    "null",
    "0",
    "\"success\"",
    r#"{"message":"Bad Request"}"#,
    r#"{"error":"unauthorized"}"#,
    r#"{"items":[],"message":"success"}"#,
    r#"{"campaigns":[{"id":"a","name":"","tags":[]}],"message":"success"}"#,
    r#"[{"segments":[],"message":"success"}]"#,
    r#"{"data":{"segments":[],"message":"success"}}"#,
    r#"{"Segments":[],"Message":"success"}"#,
    "{'segments':[],'message':'success'}",
    r#"{"segments":[],"message":"success",}"#,
    r#"{"segments":[],"message":NaN}"#,
    "callback({\"segments\":[],\"message\":\"success\"})",
];
