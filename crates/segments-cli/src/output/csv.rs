//! CSV. Cells that a spreadsheet would run as a formula are guarded.

use std::borrow::Cow;
use std::io::{self, Write};

use segments_core::Segment;

use super::fields::{Field, Fields};
use super::format::Cells;
use super::json_row::{Quote, push_array};
use super::rows::{plain_run, push_bool, push_escaped, write_rows};

/// Writes what comes before the records: the names of the fields, unless they are not wanted.
pub fn write_header(cells: Cells, out: &mut impl Write) -> io::Result<()> {
    write_header_of(&Fields::default(), cells, out)
}

/// The same with some of the fields.
pub(crate) fn write_header_of(
    fields: &Fields,
    cells: Cells,
    out: &mut impl Write,
) -> io::Result<()> {
    if cells.bom {
        out.write_all("\u{feff}".as_bytes())?;
    }
    if !cells.header {
        return Ok(());
    }

    let mut row = Vec::new();
    for (number, name) in fields.names().enumerate() {
        if number > 0 {
            row.push(cells.delimiter);
        }
        push_cell(name.as_bytes(), cells, &mut row);
    }
    row.extend_from_slice(cells.line_end().as_bytes());
    out.write_all(&row)
}

/// Writes one record for each segment, tags as a JSON array, and counts the guarded cells.
pub fn write(segments: &[Segment], cells: Cells, out: &mut impl Write) -> io::Result<u64> {
    write_fields(segments, &Fields::default(), cells, out)
}

/// The same with some of the fields.
pub(crate) fn write_fields(
    segments: &[Segment],
    fields: &Fields,
    cells: Cells,
    out: &mut impl Write,
) -> io::Result<u64> {
    let mut guarded = 0;
    let mut push_text = |text: &str, row: &mut Vec<u8>| {
        let cell = cells.guarded(text);
        guarded += u64::from(matches!(cell, Cow::Owned(_)));
        push_cell(cell.as_bytes(), cells, row);
    };

    write_rows(segments, out, |segment, row| {
        let begin = row.len();
        for (number, field) in fields.iter().enumerate() {
            if number > 0 {
                row.push(cells.delimiter);
            }
            match field {
                Field::Id => push_text(segment.id(), row),
                Field::Name => push_text(segment.name(), row),
                Field::AnalyticsTrackingEnabled => {
                    push_bool(segment.analytics_tracking_enabled(), row);
                }
                // Begins with a bracket, so it needs no guard.
                Field::Tags if segment.tags().len() == 0 => row.extend_from_slice(b"[]"),
                Field::Tags => {
                    row.push(b'"');
                    push_array(segment.tags(), Quote::Doubled, row);
                    row.push(b'"');
                }
            }
        }

        // An empty line would not be a record.
        if row.len() == begin {
            row.extend_from_slice(b"\"\"");
        }
        row.extend_from_slice(cells.line_end().as_bytes());
    })?;
    Ok(guarded)
}

/// Quoted only if it has to be, as the crate `csv` does it.
fn push_cell(cell: &[u8], cells: Cells, row: &mut Vec<u8>) {
    #[allow(clippy::needless_bitwise_bool)] // see `plain_run`
    let is_special =
        |byte| (byte == cells.delimiter) | (byte == b'"') | (byte == b'\r') | (byte == b'\n');
    if plain_run(cell, is_special) == cell.len() {
        row.extend_from_slice(cell);
        return;
    }

    row.push(b'"');
    push_escaped(cell, |byte| byte == b'"', |_, row| row.extend_from_slice(b"\"\""), row);
    row.push(b'"');
}

#[cfg(test)]
mod tests {
    use csv::{Terminator, WriterBuilder};
    use proptest::prelude::*;
    use proptest::sample::select;

    use super::*;
    use crate::output::fields::tests::fields;

    /// What the crate `csv` writes.
    fn by_crate(segments: &[Segment], fields: &Fields, cells: Cells) -> String {
        let terminator = if cells.crlf { Terminator::CRLF } else { Terminator::Any(b'\n') };
        let mut builder = WriterBuilder::new();
        let mut writer =
            builder.delimiter(cells.delimiter).terminator(terminator).from_writer(Vec::new());

        if cells.header {
            writer.write_record(fields.names()).unwrap();
        }
        for segment in segments {
            let cell = |field| match field {
                Field::Id => cells.guarded(segment.id()),
                Field::Name => cells.guarded(segment.name()),
                Field::AnalyticsTrackingEnabled => {
                    segment.analytics_tracking_enabled().to_string().into()
                }
                Field::Tags => serde_json::to_string(&segment.tags()).unwrap().into(),
            };
            writer.write_record(fields.iter().map(|field| cell(field).into_owned())).unwrap();
        }
        String::from_utf8(writer.into_inner().unwrap()).unwrap()
    }

    proptest! {
        #[test]
        fn every_record_is_what_the_crate_writes(
            segments in segments_proptest::segments(0..4),
            fields in fields(),
            delimiter in select(vec![b',', b';', b'|', b'\t']),
            [raw, header, crlf] in any::<[bool; 3]>(),
        ) {
            let cells = Cells { raw, delimiter, bom: false, header, crlf };
            let mut out = Vec::new();
            write_header_of(&fields, cells, &mut out).unwrap();
            write_fields(&segments, &fields, cells, &mut out).unwrap();
            prop_assert_eq!(String::from_utf8(out).unwrap(), by_crate(&segments, &fields, cells));
        }
    }

    #[test]
    fn a_record_of_one_empty_cell_is_no_empty_line() {
        let (segment, fields) = (Segment::new("1", "", true, [""; 0]), [Field::Name]);
        let fields = Fields::new(&fields).unwrap();
        let mut out = Vec::new();
        write_fields(&[segment.unwrap()], &fields, Cells::default(), &mut out).unwrap();
        assert_eq!(out, b"\"\"\n");
    }

    #[test]
    fn formulas_are_guarded() {
        let segment = Segment::new("-1", "=HYPERLINK(\"x\")", true, ["=a", "b,c"]).unwrap();
        let mut out = Vec::new();
        let cells = Cells::default();
        assert_eq!(write(std::slice::from_ref(&segment), cells, &mut out).unwrap(), 2);
        let expected = "'-1,\"'=HYPERLINK(\"\"x\"\")\",true,\"[\"\"=a\"\",\"\"b,c\"\"]\"\n";
        assert_eq!(String::from_utf8(out).unwrap(), expected);

        let mut out = Vec::new();
        let cells = Cells { delimiter: b'\t', raw: true, ..Cells::default() };
        assert_eq!(write(&[segment], cells, &mut out).unwrap(), 0);
        assert!(out.starts_with(b"-1\t\"=HYPERLINK"));
    }

    #[test]
    fn a_cell_with_the_delimiter_is_quoted_whatever_it_is() {
        let segment = Segment::new("1", "a,b;c|d\te", true, [""; 0]).unwrap();
        for delimiter in [b',', b';', b'|', b'\t'] {
            let cells = Cells { delimiter, ..Cells::default() };
            let mut out = Vec::new();
            write(std::slice::from_ref(&segment), cells, &mut out).unwrap();
            let text = String::from_utf8(out).unwrap();
            let d = char::from(delimiter);
            assert_eq!(text, format!("1{d}\"a,b;c|d\te\"{d}true{d}[]\n"));
        }
    }
}
