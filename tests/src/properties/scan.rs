//! A page is the same whether the core's scanner took it or left it to `serde_json`.

use http::Response;
use segments_core::{ErrorKind, Page};

use super::api;

/// Checks a body.
pub fn check(body: &[u8]) {
    read_both_ways(body);
}

/// A member that nobody knows makes the scanner leave the body alone, and means nothing.
///
/// # Panics
/// If it makes a difference.
pub fn read_both_ways(body: &[u8]) {
    let Some(start) = body.iter().position(|byte| *byte == b'{') else { return };
    let (before, after) = body.split_at(start + 1);

    // A brace within something else, such as a string, begins no object.
    if before.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(before).trim_ascii() != b"{" {
        return;
    }

    let is_empty = after.trim_ascii_start().first() == Some(&b'}');
    let member: &[u8] = if is_empty { b"\"\":0" } else { b"\"\":0," };
    let other = [before, member, after].concat();
    let api = api();
    let one = api.read(&Response::new(body));
    let two = api.read(&Response::new(&other));

    match (one, two) {
        (Ok(one), Ok(two)) => assert_eq!(facts(&one), facts(&two)),
        (Err(one), Err(two)) => assert_eq!(kind(one.kind()), kind(two.kind())),
        (one, two) => panic!("as it is {one:?}, with another member {two:?}"),
    }
}

/// All of a page, written out.
fn facts(page: &Page) -> (String, bool, bool) {
    (format!("{page:?}"), page.segments_missing(), page.has_minor_errors())
}

/// A kind without positions, which the member has moved.
fn kind(kind: &ErrorKind) -> String {
    format!("{kind:?}").replace(|character: char| character.is_ascii_digit(), "")
}
