//! TSV without quotes: a tab always ends a cell and a line feed a record, so that a reader may split
//! at them. In a cell they are `\t` and `\n`, a carriage return is `\r`, and a backslash is `\\`.

use std::borrow::Cow;
use std::io::{self, Write};

use segments_core::Segment;

use super::fields::{Field, Fields};
use super::format::Cells;
use super::json_row::{Quote, push_array};
use super::rows::{push_bool, push_escaped, write_rows};

/// Writes the names of the fields, unless they are not wanted.
pub(crate) fn write_header(fields: &Fields, cells: Cells, out: &mut impl Write) -> io::Result<()> {
    if !cells.header {
        return Ok(());
    }
    out.write_all(fields.names().collect::<Vec<_>>().join("\t").as_bytes())?;
    out.write_all(cells.line_end().as_bytes())
}

/// Writes one record for each segment, tags as a JSON array, and counts the guarded cells.
pub(crate) fn write(
    segments: &[Segment],
    fields: &Fields,
    cells: Cells,
    out: &mut impl Write,
) -> io::Result<u64> {
    let mut guarded = 0;
    let mut push_text = |text: &str, row: &mut Vec<u8>| {
        let cell = cells.guarded(text);
        guarded += u64::from(matches!(cell, Cow::Owned(_)));
        push_cell(cell.as_bytes(), row);
    };

    let mut tags = Vec::new();
    write_rows(segments, out, |segment, row| {
        for (number, field) in fields.iter().enumerate() {
            if number > 0 {
                row.push(b'\t');
            }
            match field {
                Field::Id => push_text(segment.id(), row),
                Field::Name => push_text(segment.name(), row),
                Field::AnalyticsTrackingEnabled => {
                    push_bool(segment.analytics_tracking_enabled(), row);
                }
                Field::Tags => {
                    tags.clear();
                    // Begins with a bracket, so it needs no guard.
                    push_array(segment.tags(), Quote::Plain, &mut tags);
                    push_cell(&tags, row);
                }
            }
        }
        row.extend_from_slice(cells.line_end().as_bytes());
    })?;
    Ok(guarded)
}

/// Writes one line for each segment, its id and nothing else.
pub(crate) fn write_ids(segments: &[Segment], out: &mut impl Write) -> io::Result<()> {
    write_rows(segments, out, |segment, row| {
        push_cell(segment.id().as_bytes(), row);
        row.push(b'\n');
    })
}

fn push_cell(cell: &[u8], row: &mut Vec<u8>) {
    #[allow(clippy::needless_bitwise_bool)] // see `plain_run`
    let is_special = |byte| (byte == b'\t') | (byte == b'\n') | (byte == b'\r') | (byte == b'\\');
    let push_escape = |byte, row: &mut Vec<u8>| {
        let letter = match byte {
            b'\t' => b't',
            b'\n' => b'n',
            b'\r' => b'r',
            other => other,
        };
        row.extend_from_slice(&[b'\\', letter]);
    };
    push_escaped(cell, is_special, push_escape, row);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::output::fields::tests::fields;

    proptest! {
        #[test]
        fn every_cell_is_escaped_one_character_after_the_other(
            segments in segments_proptest::segments(0..4),
            fields in fields(),
            [raw, crlf] in any::<[bool; 2]>(),
        ) {
            let cells = Cells { raw, crlf, ..Cells::default() };
            let escaped = |cell: &str| {
                let cell = cell.replace('\\', "\\\\").replace('\t', "\\t");
                cell.replace('\n', "\\n").replace('\r', "\\r")
            };
            let line = |segment: &Segment| {
                let cell = |field| match field {
                    Field::Id => escaped(&cells.guarded(segment.id())),
                    Field::Name => escaped(&cells.guarded(segment.name())),
                    Field::AnalyticsTrackingEnabled => {
                        segment.analytics_tracking_enabled().to_string()
                    }
                    Field::Tags => escaped(&serde_json::to_string(&segment.tags()).unwrap()),
                };
                fields.iter().map(cell).collect::<Vec<_>>().join("\t") + cells.line_end()
            };

            let mut out = Vec::new();
            write(&segments, &fields, cells, &mut out).unwrap();
            let expected: String = segments.iter().map(line).collect();
            prop_assert_eq!(String::from_utf8(out).unwrap(), expected);
        }
    }

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
