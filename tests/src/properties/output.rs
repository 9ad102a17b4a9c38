//! What a server calls its segments comes out of the program as it was, and does nothing to a
//! terminal or a spreadsheet.

use segments_cli::output::{Cells, Format, Writer};
use segments_cli::text::escape::escaped;
use segments_core::Segment;
use unicode_width::UnicodeWidthStr;

use super::{Source, page};

/// Checks segments that are made of the input, and the width of a terminal.
pub fn check(input: &[u8]) {
    let mut source = Source::new(input);
    let width = source.coin().then(|| usize::from(source.byte()));
    let segments = page::segments(&mut source);
    every_format(&segments, width);
}

/// Every format holds the segments, or shows them.
///
/// # Panics
/// When violated.
pub fn every_format(segments: &[Segment], width: Option<usize>) {
    lines(segments);
    array(segments);

    for raw in [false, true] {
        for delimiter in [b',', b';', b'|', b'\t'] {
            for bom in [false, true] {
                for crlf in [false, true] {
                    csv(segments, Cells { raw, delimiter, bom, crlf, ..Cells::default() });
                }
            }
        }
        tsv(segments, raw, "\n");
        tsv(segments, raw, "\r\n");
    }

    table(segments, width);
}

/// One line of NDJSON for each segment.
fn lines(segments: &[Segment]) {
    let (text, _) = write(segments, Format::Ndjson, Cells::default(), None);
    assert_eq!(text.matches('\n').count(), segments.len());
    assert!(text.is_empty() || text.ends_with('\n'));
    let lines = text.split_terminator('\n');
    let read: Vec<Segment> = lines.map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(read, segments);
}

fn array(segments: &[Segment]) {
    let (text, _) = write(segments, Format::Json, Cells::default(), None);
    let read: Vec<Segment> = serde_json::from_str(&text).expect("JSON");
    assert_eq!(read, segments);
}

/// Another reader of CSV finds the segments; and no formula, unless that was asked for.
fn csv(segments: &[Segment], cells: Cells) {
    let (text, guarded) = write(segments, Format::Csv, cells, None);
    assert_eq!(text.starts_with('\u{feff}'), cells.bom);

    let text = if cells.bom { &text['\u{feff}'.len_utf8()..] } else { &text };
    let mut reader =
        csv::ReaderBuilder::new().delimiter(cells.delimiter).from_reader(text.as_bytes());
    let header: Vec<_> = reader.headers().expect("a header").iter().map(str::to_owned).collect();
    let records = reader.records().map(|record| record.expect("a record"));
    let records = records.map(|record| record.iter().map(str::to_owned).collect());
    hold(segments, &header, records, cells.raw, guarded);
}

/// So does one of TSV, which splits at line ends and tabs as `awk -F'\t'` does, and only then
/// looks at backslashes.
fn tsv(segments: &[Segment], raw: bool, end: &str) {
    let cells = Cells { raw, crlf: end == "\r\n", ..Cells::default() };
    let (text, guarded) = write(segments, Format::Tsv, cells, None);
    assert_eq!(text.matches('\r').count(), if cells.crlf { text.matches('\n').count() } else { 0 });
    let mut lines = text.strip_suffix(end).expect("a line end").split(end).map(fields);
    let header = lines.next().expect("a header");
    hold(segments, &header, lines, raw, guarded);
}

/// The cells of a line of TSV, by the four escapes of its convention and no quotes.
///
/// # Panics
/// At a backslash that begins none of them.
pub fn fields(line: &str) -> Vec<String> {
    let unescaped = |cell: &str| {
        let (mut out, mut rest) = (String::new(), cell.chars());
        while let Some(c) = rest.next() {
            out.push(match c {
                '\\' => match rest.next() {
                    Some('t') => '\t',
                    Some('n') => '\n',
                    Some('r') => '\r',
                    Some('\\') => '\\',
                    other => panic!("no escape: {other:?} in {cell:?}"),
                },
                c => c,
            });
        }
        out
    };

    line.split('\t').map(unescaped).collect()
}

/// Records hold the segments: four cells each, guarded where a formula would begin.
fn hold(
    segments: &[Segment],
    header: &[String],
    records: impl Iterator<Item = Vec<String>>,
    raw: bool,
    guarded: u64,
) {
    assert_eq!(header, ["id", "name", "analytics_tracking_enabled", "tags"]);

    let (mut read, mut guards) = (Vec::new(), 0);
    for record in records {
        let [id, name, tracked, tags] = &record[..] else { panic!("four cells: {record:?}") };
        let mut cell = |text: &str| {
            assert!(raw || !begins_a_formula(text), "{text:?}");
            let text =
                text.strip_prefix('\'').filter(|_| !raw).inspect(|_| guards += 1).unwrap_or(text);
            text.to_owned()
        };
        let (id, name) = (cell(id), cell(name));
        let tags: Vec<String> = serde_json::from_str(tags).expect("JSON");
        let tracked = tracked.parse().expect("true or false");
        read.push(Segment::new(id, name, tracked, tags).expect("an id"));
    }

    assert_eq!(read, segments);
    assert_eq!(guards, guarded);
}

/// Whether a spreadsheet might run a cell: the beginnings that OWASP lists, and the same behind
/// white space, which some spreadsheets strip.
pub fn begins_a_formula(cell: &str) -> bool {
    let starts = ['=', '+', '-', '@', '＝', '＋', '－', '＠'];
    cell.starts_with(['\t', '\r', '\n', '\0']) || cell.trim_start().starts_with(starts)
}

/// One line for each segment and one for the header, that fit and steer nothing.
fn table(segments: &[Segment], width: Option<usize>) {
    let (text, _) = write(segments, Format::Table, Cells::default(), width);
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
fn write(
    segments: &[Segment],
    format: Format,
    cells: Cells,
    width: Option<usize>,
) -> (String, u64) {
    let (mut writer, mut out) = (Writer::new(format, cells, width), Vec::new());
    let (first, second) = segments.split_at(segments.len() / 3);
    for batch in [first, second] {
        writer.write(batch.to_vec(), &mut out).expect("a vector takes everything");
    }
    writer.finish(&mut out).expect("a vector takes everything");
    (String::from_utf8(out).expect("UTF-8"), writer.guarded())
}
