//! One JSON object a line, with the text of names as the server has it.

use std::io::{self, Write};

use segments_core::Segment;

use super::fields::{Fields, Row};

/// Writes one line for each segment.
pub fn write(segments: &[Segment], out: &mut impl Write) -> io::Result<()> {
    write_fields(segments, &Fields::default(), out)
}

/// The same with some of the fields.
pub(crate) fn write_fields(
    segments: &[Segment],
    fields: &Fields,
    out: &mut impl Write,
) -> io::Result<()> {
    for segment in segments {
        serde_json::to_writer(&mut *out, &Row(segment, fields))?;
        out.write_all(b"\n")?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_stand_in_their_order() {
        let mut out = Vec::new();
        let segment = Segment::new("1", "a \"b\" \u{2028}", true, ["x", "y"]).unwrap();
        write(&[segment], &mut out).unwrap();
        let expected = "{\"id\":\"1\",\"name\":\"a \\\"b\\\" \u{2028}\",\
                        \"analytics_tracking_enabled\":true,\"tags\":[\"x\",\"y\"]}\n";
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }
}
