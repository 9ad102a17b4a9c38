//! TSV without quotes: a tab always ends a cell and a line feed a record, so that a reader may split
//! at them. In a cell they are `\t` and `\n`, a carriage return is `\r`, and a backslash is `\\`.

use std::borrow::Cow;
use std::io::{self, Write};

use segments_core::Segment;
use serde::Serializer;

use super::fields::{Field, Fields};
use super::format::Cells;
use super::guard::guard;

/// Writes the names of the fields, unless they are not wanted.
pub(crate) fn write_header(fields: &Fields, cells: Cells, out: &mut impl Write) -> io::Result<()> {
    if !cells.header {
        return Ok(());
    }
    out.write_all(fields.names().collect::<Vec<_>>().join("\t").as_bytes())?;
    out.write_all(line_end(cells))
}

/// Writes one record for each segment, tags as a JSON array, and counts the guarded cells.
pub(crate) fn write(
    segments: &[Segment],
    fields: &Fields,
    cells: Cells,
    out: &mut impl Write,
) -> io::Result<u64> {
    let mut guarded = 0;
    let mut cell = |text, out: &mut dyn Write| {
        let cell = if cells.raw { Cow::Borrowed(text) } else { guard(text) };
        guarded += u64::from(matches!(cell, Cow::Owned(_)));
        write_escaped(cell.as_bytes(), out)
    };

    let mut tags = Vec::new();
    for segment in segments {
        let mut delimiter: &[u8] = b"";
        for field in fields.iter() {
            out.write_all(delimiter)?;
            delimiter = b"\t";
            match field {
                Field::Id => cell(segment.id(), out)?,
                Field::Name => cell(segment.name(), out)?,
                Field::AnalyticsTrackingEnabled => {
                    let tracked = segment.analytics_tracking_enabled();
                    out.write_all(if tracked { b"true" } else { b"false" })?;
                }
                Field::Tags => {
                    tags.clear();
                    // Begins with a bracket, so it needs no guard.
                    serde_json::Serializer::new(&mut tags).collect_seq(segment.tags())?;
                    write_escaped(&tags, out)?;
                }
            }
        }
        out.write_all(line_end(cells))?;
    }
    Ok(guarded)
}

/// Writes one line for each segment, its id and nothing else.
pub(crate) fn write_ids(segments: &[Segment], out: &mut impl Write) -> io::Result<()> {
    for segment in segments {
        write_escaped(segment.id().as_bytes(), out)?;
        out.write_all(b"\n")?;
    }
    Ok(())
}

/// A carriage return in a cell is escaped, so that both ends are unambiguous.
fn line_end(cells: Cells) -> &'static [u8] {
    if cells.crlf { b"\r\n" } else { b"\n" }
}

fn write_escaped(cell: &[u8], out: &mut (impl Write + ?Sized)) -> io::Result<()> {
    let mut rest = cell;
    while let Some((at, escape)) = first_escape(rest) {
        out.write_all(&rest[..at])?;
        out.write_all(escape)?;
        rest = &rest[at + 1..];
    }
    out.write_all(rest)
}

/// The first byte that a cell cannot contain, and its escape.
fn first_escape(cell: &[u8]) -> Option<(usize, &'static [u8; 2])> {
    cell.iter().enumerate().find_map(|(at, byte)| match byte {
        b'\t' => Some((at, b"\\t")),
        b'\n' => Some((at, b"\\n")),
        b'\r' => Some((at, b"\\r")),
        b'\\' => Some((at, b"\\\\")),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tsv(segment: Segment, raw: bool) -> (String, u64) {
        let mut out = Vec::new();
        let cells = Cells { raw, ..Cells::default() };
        let guarded = write(&[segment], &Fields::default(), cells, &mut out).unwrap();
        (String::from_utf8(out).unwrap(), guarded)
    }

    #[test]
    fn separators_are_escaped_and_nothing_is_quoted() {
        let segment = Segment::new("1", "a\tb\nc\rd\\e \"f\"", true, ["g\"\\\n"]).unwrap();
        let expected = "1\ta\\tb\\nc\\rd\\\\e \"f\"\ttrue\t[\"g\\\\\"\\\\\\\\\\\\n\"]\n";
        assert_eq!(tsv(segment, false), (expected.to_owned(), 0));
    }

    #[test]
    fn formulas_are_guarded() {
        let segment = || Segment::new("-1", "\t=1", false, ["=a"]).unwrap();
        assert_eq!(tsv(segment(), false), ("'-1\t'\\t=1\tfalse\t[\"=a\"]\n".to_owned(), 2));
        assert_eq!(tsv(segment(), true), ("-1\t\\t=1\tfalse\t[\"=a\"]\n".to_owned(), 0));
    }
}
