//! Segments as JSON objects, byte for byte as `serde_json` writes them, at half the cost.

use segments_core::Segment;
use segments_core::response::Tags;

use super::fields::{Field, Fields};
use super::rows::{push_bool, push_escaped};

/// What is around a string.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Quote {
    /// A quotation mark.
    Plain,
    /// Two, in a quoted cell of CSV, which one would end.
    Doubled,
}

impl Quote {
    fn push(self, row: &mut Vec<u8>) {
        row.push(b'"');
        if self == Self::Doubled {
            row.push(b'"');
        }
    }
}

/// Appends an object with the fields of a segment.
pub(super) fn push_object(segment: &Segment, fields: &Fields, row: &mut Vec<u8>) {
    let mut before: &[u8] = b"{\"";
    for field in fields.iter() {
        row.extend_from_slice(before);
        before = b",\"";

        row.extend_from_slice(field.name().as_bytes());
        row.extend_from_slice(b"\":");
        match field {
            Field::Id => push_string(segment.id(), Quote::Plain, row),
            Field::Name => push_string(segment.name(), Quote::Plain, row),
            Field::AnalyticsTrackingEnabled => {
                push_bool(segment.analytics_tracking_enabled(), row);
            }
            Field::Tags => push_array(segment.tags(), Quote::Plain, row),
        }
    }
    row.push(b'}');
}

/// Appends an array of tags.
pub(super) fn push_array(tags: Tags<'_>, quote: Quote, row: &mut Vec<u8>) {
    row.push(b'[');
    for (number, tag) in tags.enumerate() {
        if number > 0 {
            row.push(b',');
        }
        push_string(tag, quote, row);
    }
    row.push(b']');
}

fn push_string(text: &str, quote: Quote, row: &mut Vec<u8>) {
    #[allow(clippy::needless_bitwise_bool)] // see `plain_run`
    let is_special = |byte| (byte < b' ') | (byte == b'"') | (byte == b'\\');
    let push_escape = |byte, row: &mut Vec<u8>| {
        row.push(b'\\');
        match byte {
            b'"' => quote.push(row),
            b'\\' => row.push(b'\\'),
            b'\n' => row.push(b'n'),
            b'\r' => row.push(b'r'),
            b'\t' => row.push(b't'),
            0x08 => row.push(b'b'),
            0x0c => row.push(b'f'),
            other => row.extend_from_slice(format!("u{other:04x}").as_bytes()),
        }
    };

    quote.push(row);
    push_escaped(text.as_bytes(), is_special, push_escape, row);
    quote.push(row);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::output::fields::Row;
    use crate::output::fields::tests::fields;

    fn object(segment: &Segment, fields: &Fields) -> String {
        let mut row = Vec::new();
        push_object(segment, fields, &mut row);
        String::from_utf8(row).unwrap()
    }

    #[test]
    fn every_character_below_a_thousand_is_written_as_serde_json_does() {
        let name: String = (0..1000).filter_map(char::from_u32).collect();
        let segment = Segment::new("1", name, true, ["", "\"\u{1f}"]).unwrap();
        let expected = serde_json::to_string(&segment).unwrap();
        assert_eq!(object(&segment, &Fields::default()), expected);
    }

    proptest! {
        #[test]
        fn every_row_is_what_serde_json_writes(
            segment in segments_proptest::segment(),
            fields in fields(),
        ) {
            let expected = serde_json::to_string(&Row(&segment, &fields)).unwrap();
            prop_assert_eq!(object(&segment, &fields), expected);
        }
    }
}
