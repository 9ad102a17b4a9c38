//! A page is the same after any way of writing it that JSON and servers allow.

use http::Response;
use segments_core::{Page, Segment};
use segments_proptest::response::{Escapes, Style, TagStyle, write};

use super::{Source, api};

/// Checks segments and a style that are made of the input.
pub fn check(input: &[u8]) {
    let mut source = Source::new(input);
    let bits = source.byte();
    let is_set = |bit: u8| bits & (1 << bit) > 0;

    let mut style = Style::default();
    style.order = u16::from(source.byte());
    style.unknown_keys = is_set(0);
    style.spaces = is_set(2);
    style.escapes = match (is_set(3), is_set(5)) {
        (false, _) => Escapes::Needed,
        (true, false) => Escapes::NonAscii,
        (true, true) => Escapes::All,
    };
    style.tags = match (is_set(4), is_set(6)) {
        (false, false) => TagStyle::WithNulls,
        (false, true) => TagStyle::Array,
        (true, false) => TagStyle::Null,
        (true, true) => TagStyle::Missing,
    };

    page_round_trip(&segments(&mut source), style, is_set(1));
}

/// Up to 120 segments, to the end of the input; ids may repeat. Every tag has a byte before it that
/// can take it away.
pub fn segments(source: &mut Source<'_>) -> Vec<Segment> {
    let mut segments = Vec::new();
    while !source.is_empty() && segments.len() < 120 {
        let (mut id, name, tracking) = (source.text(), source.text(), source.coin());
        if id.is_empty() {
            id.push('-');
        }
        let tag = |source: &mut Source| source.coin().then(|| source.text());
        let tags: Vec<_> = (0..source.below(4)).filter_map(|_| tag(source)).collect();
        segments.push(Segment::new(id, name, tracking, tags).expect("an id that is not empty"));
    }
    segments
}

/// What was written is what is read, in the one form and in any style, with a byte order mark or
/// without.
///
/// # Panics
/// When violated.
pub fn page_round_trip(segments: &[Segment], style: Style, bom: bool) {
    let page: Page = segments.iter().cloned().collect();
    let api = api();
    let read = api.read(&page.to_http()).expect("our own page");

    assert_eq!(read, page);
    assert_eq!(read.len(), segments.len());

    let mark: &[u8] = if bom { b"\xEF\xBB\xBF" } else { b"" };
    let body = [mark, &write(segments, style)].concat();
    let foreign = api.read(&Response::new(&body)).expect("a page in another style");

    assert_eq!(foreign, page, "{}", body.escape_ascii());

    for (written, segment) in segments.iter().zip(foreign.segments()) {
        assert_eq!(segment.name(), written.name());
        assert_eq!(segment.analytics_tracking_enabled(), written.analytics_tracking_enabled());
        assert!(segment.tags().eq(written.tags()));
        assert_eq!(segment, *written);
    }

    // Read once and written once, a page is in its one form.
    assert_eq!(foreign.to_http().body(), page.to_http().body());
}
