//! One JSON array, one object a line.

use std::io::{self, Write};

use segments_core::Segment;

use super::fields::Fields;
use super::json_row::push_object;
use super::rows::write_rows;

/// Writes all segments as one array.
pub(crate) fn write(segments: &[Segment], fields: &Fields, out: &mut impl Write) -> io::Result<()> {
    let mut before: &[u8] = b"[\n";
    write_rows(segments, out, |segment, row| {
        row.extend_from_slice(before);
        before = b",\n";
        push_object(segment, fields, row);
    })?;
    out.write_all(if segments.is_empty() { b"[]\n" } else { b"\n]\n" })
}
