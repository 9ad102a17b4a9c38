//! One JSON array, one object a line.

use std::io::{self, Write};

use segments_core::Segment;

/// Writes all segments as one array.
pub(crate) fn write(segments: &[Segment], out: &mut impl Write) -> io::Result<()> {
    let mut before: &[u8] = b"[\n";
    for segment in segments {
        out.write_all(before)?;
        serde_json::to_writer(&mut *out, segment)?;
        before = b",\n";
    }
    out.write_all(if segments.is_empty() { b"[]\n" } else { b"\n]\n" })
}
