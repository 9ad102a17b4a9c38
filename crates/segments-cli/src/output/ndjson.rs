//! One JSON object a line, with the text of names as the server has it.

use std::io::{self, Write};

use segments_core::Segment;

use super::fields::{Fields, Row, WorkspaceRow};
use super::json_row::push_object;
use super::rows::write_rows;

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
    write_rows(segments, out, |segment, row| {
        push_object(segment, fields, row);
        row.push(b'\n');
    })
}

/// The same with the name of a workspace first.
pub(crate) fn write_of_workspace(
    workspace: &str,
    segments: &[Segment],
    fields: &Fields,
    out: &mut impl Write,
) -> io::Result<()> {
    for segment in segments {
        let row = Row(segment, fields);
        serde_json::to_writer(&mut *out, &WorkspaceRow { workspace, row })?;
        out.write_all(b"\n")?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::fields::Field;
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

    #[test]
    fn the_workspace_stands_first() {
        let segment = Segment::new("1", "a", true, ["x"]).unwrap();
        let written = |fields: &Fields| {
            let mut out = Vec::new();
            write_of_workspace("eu", std::slice::from_ref(&segment), fields, &mut out).unwrap();
            String::from_utf8(out).unwrap()
        };
        let expected = "{\"workspace\":\"eu\",\"id\":\"1\",\"name\":\"a\",\
                        \"analytics_tracking_enabled\":true,\"tags\":[\"x\"]}\n";
        assert_eq!(written(&Fields::default()), expected);
        let some = Fields::new(&[Field::Name, Field::Id]).unwrap();
        assert_eq!(written(&some), "{\"workspace\":\"eu\",\"name\":\"a\",\"id\":\"1\"}\n");
    }
}
