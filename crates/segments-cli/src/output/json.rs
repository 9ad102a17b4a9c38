//! One JSON array, one object a line.

use std::io::{self, Write};

use segments_core::Segment;

use super::fields::{Fields, Row};

/// Writes all segments as one array.
pub(crate) fn write(segments: &[Segment], fields: &Fields, out: &mut impl Write) -> io::Result<()> {
    let mut before: &[u8] = b"[\n";
    for segment in segments {
        out.write_all(before)?;
        serde_json::to_writer(&mut *out, &Row(segment, fields))?;
        before = b",\n";
    }
    out.write_all(if segments.is_empty() { b"[]\n" } else { b"\n]\n" })
}
