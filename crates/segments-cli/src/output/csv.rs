//! CSV. Cells that a spreadsheet would run as a formula are guarded.

use std::borrow::Cow;
use std::io::{self, Write};

use csv::{ErrorKind, Terminator, WriterBuilder};
use segments_core::Segment;
use serde::Serializer;

use super::fields::{Field, Fields};
use super::format::Cells;
use super::guard::guard;

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
    let mut writer = writer(cells, out);
    writer.write_record(fields.names()).map_err(into_io)?;
    writer.flush()
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
    let mut cell = |text| {
        let cell = if cells.raw { Cow::Borrowed(text) } else { guard(text) };
        guarded += u64::from(matches!(cell, Cow::Owned(_)));
        cell
    };

    let mut writer = writer(cells, out);
    let mut tags = Vec::new();
    for segment in segments {
        for field in fields.iter() {
            let written = match field {
                Field::Id => writer.write_field(cell(segment.id()).as_bytes()),
                Field::Name => writer.write_field(cell(segment.name()).as_bytes()),
                Field::AnalyticsTrackingEnabled => {
                    let tracked = segment.analytics_tracking_enabled();
                    writer.write_field(if tracked { "true" } else { "false" })
                }
                Field::Tags => {
                    tags.clear();
                    // Begins with a bracket, so it needs no guard.
                    serde_json::Serializer::new(&mut tags).collect_seq(segment.tags())?;
                    writer.write_field(&tags)
                }
            };
            written.map_err(into_io)?;
        }
        writer.write_record(None::<&[u8]>).map_err(into_io)?;
    }
    writer.flush()?;
    drop(writer);
    Ok(guarded)
}

fn writer<W: Write>(cells: Cells, out: W) -> csv::Writer<W> {
    let terminator = if cells.crlf { Terminator::CRLF } else { Terminator::Any(b'\n') };
    WriterBuilder::new().delimiter(cells.delimiter).terminator(terminator).from_writer(out)
}

/// The crate's own conversion hides the kind of an I/O error.
fn into_io(error: csv::Error) -> io::Error {
    match error.into_kind() {
        ErrorKind::Io(error) => error,
        _ => io::Error::other("a record that CSV cannot hold"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
