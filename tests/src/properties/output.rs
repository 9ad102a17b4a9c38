//! What a server calls its segments comes out of the program as it was, and does nothing to a
//! terminal or a spreadsheet.

use segments_cli::escape::escaped;
use segments_cli::output::{Format, Writer};
use segments_core::Segment;
use unicode_width::UnicodeWidthStr;

use super::{Source, page};

/// Checks segments that are made of the input, and the width of a terminal.
pub fn check(input: &[u8]) {
    let mut source = Source::new(input);
    let width = source.coin().then(|| usize::from(source.byte()));
    let segments: Vec<Segment> = page::rows(&mut source).iter().map(page::segment).collect();
    every_format(&segments, width);
}

/// Every format holds the segments, or shows them.
///
/// # Panics
/// When violated.
pub fn every_format(segments: &[Segment], width: Option<usize>) {
    lines(segments);
    array(segments);
    for format in [Format::Csv, Format::Tsv] {
        for raw in [false, true] {
            cells(segments, format, raw);
        }
    }
    table(segments, width);
}

/// One line of NDJSON for each segment.
fn lines(segments: &[Segment]) {
    let (text, _) = write(segments, Format::Ndjson, false, None);
    assert_eq!(text.matches('\n').count(), segments.len());
    assert!(text.is_empty() || text.ends_with('\n'));
    let lines = text.split_terminator('\n');
    let read: Vec<Segment> = lines.map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(read, segments);
}

fn array(segments: &[Segment]) {
    let (text, _) = write(segments, Format::Json, false, None);
    let read: Vec<Segment> = serde_json::from_str(&text).expect("JSON");
    assert_eq!(read, segments);
}

/// Another reader of CSV finds the segments; and no formula, unless that was asked for.
fn cells(segments: &[Segment], format: Format, raw: bool) {
    let (text, guarded) = write(segments, format, raw, None);
    let delimiter = if format == Format::Tsv { b'\t' } else { b',' };
    let mut reader = csv::ReaderBuilder::new().delimiter(delimiter).from_reader(text.as_bytes());
    let header = reader.headers().expect("a header");
    assert_eq!(header, ["id", "name", "analytics_tracking_enabled", "tags"].as_slice());
    let (mut read, mut guards) = (Vec::new(), 0);
    for record in reader.records() {
        let record = record.expect("a record");
        assert_eq!(record.len(), 4);
        let mut cell = |at: usize| {
            let text = &record[at];
            assert!(raw || !text.starts_with(['=', '+', '-', '@', '\t', '\r', '\0']), "{text:?}");
            match text.strip_prefix('\'').filter(|_| !raw) {
                Some(text) => {
                    guards += 1;
                    text.to_owned()
                }
                None => text.to_owned(),
            }
        };
        let (id, name) = (cell(0), cell(1));
        let tags: Vec<String> = serde_json::from_str(&record[3]).expect("JSON");
        let tracked = record[2].parse().expect("true or false");
        read.push(Segment::new(id, name, tracked, tags).expect("an id"));
    }
    assert_eq!(read, segments);
    assert_eq!(guards, guarded);
}

/// One line for each segment and one for the header, that fit and steer nothing.
fn table(segments: &[Segment], width: Option<usize>) {
    let (text, _) = write(segments, Format::Table, false, width);
    assert_eq!(text.matches('\n').count(), segments.len() + 1);
    for line in text.split_terminator('\n') {
        assert!(!line.contains(steers), "{line:?}");
        assert_eq!(escaped(line), line);
        assert!(width.is_none_or(|width| line.width() <= width), "{line:?}");
    }
}

/// What moves a cursor, breaks a line or turns the direction of writing.
fn steers(c: char) -> bool {
    let turns = matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    turns || c.is_control() || matches!(c, '\u{2028}' | '\u{2029}')
}

/// What the program writes when the segments come in two batches, and the cells it guarded.
fn write(segments: &[Segment], format: Format, raw: bool, width: Option<usize>) -> (String, u64) {
    let (mut writer, mut out) = (Writer::new(format, raw, width), Vec::new());
    let (first, second) = segments.split_at(segments.len() / 3);
    for batch in [first, second] {
        writer.write(batch.to_vec(), &mut out).expect("a vector takes everything");
    }
    writer.finish(&mut out).expect("a vector takes everything");
    (String::from_utf8(out).expect("UTF-8"), writer.guarded())
}
