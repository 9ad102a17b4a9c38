//! From events to messages.

use std::io::{self, Write};

use jiff::Timestamp;
use serde_json::to_writer;

use super::message::Message;
use super::state::state;
use crate::connectors::schema::Schema;
use crate::connectors::{Event, KEY_FIELD, Protocol, STREAM};
use crate::output::{Fields, Row};

/// A stream with some of its fields.
#[derive(Debug)]
pub(crate) struct SingerStream {
    fields: Fields,
    /// Whether every record comes in one run, so that others can be told from them by a version.
    has_version: bool,
    version: i64,
}

impl SingerStream {
    /// `is_whole` says whether each run gives the whole list, or the rest of it after a resumed one.
    pub(crate) fn new(fields: Fields, is_whole: bool) -> Self {
        Self { fields, has_version: is_whole, version: 0 }
    }
}

impl Protocol for SingerStream {
    const HAS_LOG: bool = false;

    fn write(&mut self, event: &Event, at: Timestamp, out: &mut impl Write) -> io::Result<()> {
        let mut line = |message: Message| {
            to_writer(&mut *out, &message)?;
            out.write_all(b"\n")
        };

        match event {
            Event::Started => {
                self.version = at.as_millisecond();
                let schema = Schema(&self.fields);
                line(Message::Schema { stream: STREAM, schema, key_properties: [KEY_FIELD] })
            }
            Event::Read(segments) => {
                let (time, version) = (at.to_string(), self.has_version.then_some(self.version));
                segments.iter().try_for_each(|segment| {
                    let record = Row(segment, &self.fields);
                    line(Message::Record { stream: STREAM, record, version, time_extracted: &time })
                })
            }
            Event::Saved(saved) => line(Message::State { value: state(Some(saved)) }),
            Event::Forgotten => line(Message::State { value: state(None) }),
            Event::Done { is_proven } => {
                if self.has_version && *is_proven {
                    line(Message::ActivateVersion { stream: STREAM, version: self.version })?;
                }
                line(Message::State { value: state(None) })
            }
            Event::Failed(_) | Event::Log(..) => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use segments_core::Segment;

    use super::*;
    use crate::connectors::saved::tests::saved;
    use crate::output::Field;

    const SCHEMA: &str = r#"{"type":"SCHEMA","stream":"segments","schema":{"type":"object","properties":{"id":{"type":"string"},"name":{"type":"string"},"analytics_tracking_enabled":{"type":"boolean"},"tags":{"items":{"type":"string"},"type":"array"}}},"key_properties":["id"]}"#;
    const DONE: &str =
        r#"{"type":"STATE","value":{"bookmarks":{"segments":{"began":null,"checkpoint":null}}}}"#;

    fn lines(stream: &mut SingerStream, event: &Event) -> Vec<String> {
        let (at, mut out) = (Timestamp::from_millisecond(1_764_150_000_123).unwrap(), Vec::new());
        stream.write(event, at, &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert!(text.is_empty() || text.ends_with('\n'));
        text.lines().map(str::to_owned).collect()
    }

    fn segment() -> Segment {
        Segment::new("1", "a \"b\" \u{2028}", true, ["x"]).unwrap()
    }

    #[test]
    fn a_proven_list_replaces_the_one_before() {
        let mut stream = SingerStream::new(Fields::default(), true);
        assert_eq!(lines(&mut stream, &Event::Started), [SCHEMA]);
        let record = r#"{"type":"RECORD","stream":"segments","record":{"id":"1","name":"a \"b\" "#
            .to_owned()
            + "\u{2028}"
            + r#"","analytics_tracking_enabled":true,"tags":["x"]},"version":1764150000123,"time_extracted":"2025-11-26T09:40:00.123Z"}"#;
        assert_eq!(lines(&mut stream, &Event::Read(&[segment()])), [record]);
        let activate = r#"{"type":"ACTIVATE_VERSION","stream":"segments","version":1764150000123}"#;
        assert_eq!(lines(&mut stream, &Event::Done { is_proven: true }), [activate, DONE]);
    }

    #[test]
    fn nothing_is_replaced_without_a_proof() {
        for (is_whole, is_proven) in [(true, false), (false, false), (false, true)] {
            let mut stream = SingerStream::new(Fields::default(), is_whole);
            lines(&mut stream, &Event::Started);
            assert_eq!(lines(&mut stream, &Event::Done { is_proven }), [DONE]);
        }
    }

    #[test]
    fn a_walk_has_no_version() {
        let fields = Fields::new(&[Field::Id, Field::Tags]).unwrap();
        let mut stream = SingerStream::new(fields, false);
        let schema = lines(&mut stream, &Event::Started).remove(0);
        assert!(!schema.contains("name") && schema.contains("tags"), "{schema}");
        let record = r#"{"type":"RECORD","stream":"segments","record":{"id":"1","tags":["x"]},"time_extracted":"2025-11-26T09:40:00.123Z"}"#;
        assert_eq!(lines(&mut stream, &Event::Read(&[segment()])), [record]);
    }

    #[test]
    fn a_state_is_one_line() {
        let mut stream = SingerStream::new(Fields::default(), true);
        let line = lines(&mut stream, &Event::Saved(&saved())).remove(0);
        let message: serde_json::Value = serde_json::from_str(&line).unwrap();
        assert_eq!(super::super::saved_in(&message["value"]), Ok(Some(saved())));
        assert_eq!(lines(&mut stream, &Event::Forgotten), [DONE]);
    }
}
