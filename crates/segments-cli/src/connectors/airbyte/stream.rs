//! From events to messages.

use std::io::{self, Write};

use jiff::Timestamp;
use serde_json::{to_string, to_writer};

use super::failure::FailureType;
use super::message::{
    ErrorTrace, Log, Message, Record, STREAM_DESCRIPTOR, SourceStats, State, Status, StreamState,
    StreamStatus, Trace, TraceContent,
};
use crate::connectors::{Event, LogLevel, Protocol, STREAM, Saved};
use crate::output::{Fields, Row};

/// The stream, and what was said of it so far.
#[derive(Debug, Default)]
pub(crate) struct AirbyteStream {
    fields: Fields,
    status: Option<Status>,
    /// Records since the last state.
    records: u64,
}

impl Protocol for AirbyteStream {
    const HAS_LOG: bool = true;

    fn write(&mut self, event: &Event, at: Timestamp, out: &mut impl Write) -> io::Result<()> {
        let mut writer = Writer { out, at: at.as_millisecond() };

        match event {
            Event::Started => self.enter(Status::Started, &mut writer),
            Event::Read(segments) => {
                if !segments.is_empty() {
                    self.enter(Status::Running, &mut writer)?;
                }
                self.records += segments.len() as u64;
                segments.iter().try_for_each(|segment| {
                    let data = Row(segment, &self.fields);
                    let record = Record { stream: STREAM, data, emitted_at: writer.at };
                    writer.line(&Message::Record { record })
                })
            }
            Event::Saved(saved) => self.state(Some(saved), &mut writer),
            Event::Forgotten => self.state(None, &mut writer),
            Event::Done { .. } => {
                self.state(None, &mut writer)?;
                self.enter(Status::Complete, &mut writer)
            }
            Event::Failed(error) => {
                let failure_type = FailureType::of(error);
                let internal_message = to_string(error)?;
                let message = error.to_string();
                let error = ErrorTrace { message, internal_message, failure_type };
                writer.trace(TraceContent::Error { error })?;

                if self.status.is_some() {
                    self.enter(Status::Incomplete, &mut writer)?;
                }
                Ok(())
            }
            Event::Log(level, message) => {
                let level = match level {
                    LogLevel::Info => "INFO",
                    LogLevel::Warning => "WARN",
                };
                writer.line(&Message::Log { log: Log { level, message } })
            }
        }
    }
}

impl AirbyteStream {
    /// Says that the stream has this status, unless it has it already.
    fn enter(&mut self, status: Status, writer: &mut Writer<impl Write>) -> io::Result<()> {
        if self.status == Some(status) {
            return Ok(());
        }

        self.status = Some(status);
        let stream_status = StreamStatus { stream_descriptor: STREAM_DESCRIPTOR, status };
        writer.trace(TraceContent::StreamStatus { stream_status })
    }

    fn state(&mut self, saved: Option<&Saved>, writer: &mut Writer<impl Write>) -> io::Result<()> {
        let record_count = std::mem::take(&mut self.records);
        let stream_state = Saved::to_json(saved);
        let state = State {
            kind: "STREAM",
            stream: StreamState { stream_descriptor: STREAM_DESCRIPTOR, stream_state },
            source_stats: SourceStats { record_count },
        };
        writer.line(&Message::State { state })
    }
}

struct Writer<'a, W> {
    out: &'a mut W,
    /// In milliseconds since 1970.
    at: i64,
}

impl<W: Write> Writer<'_, W> {
    fn line(&mut self, message: &Message) -> io::Result<()> {
        to_writer(&mut *self.out, message)?;
        self.out.write_all(b"\n")
    }

    fn trace(&mut self, content: TraceContent) -> io::Result<()> {
        self.line(&Message::Trace { trace: Trace { emitted_at: self.at, content } })
    }
}

#[cfg(test)]
mod tests {
    use segments_core::Segment;
    use serde_json::{Value, json};

    use super::*;
    use crate::connectors::saved::tests::saved;
    use crate::error::CommandError;

    const AT: i64 = 1_764_150_000_123;

    fn lines(stream: &mut AirbyteStream, event: &Event) -> Vec<Value> {
        let (at, mut out) = (Timestamp::from_millisecond(AT).unwrap(), Vec::new());
        stream.write(event, at, &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    fn status(status: &str) -> Value {
        json!({ "type": "TRACE", "trace": { "type": "STREAM_STATUS", "emitted_at": AT,
            "stream_status": { "stream_descriptor": { "name": "segments" }, "status": status } } })
    }

    fn state(value: &Value, records: u64) -> Value {
        json!({ "type": "STATE", "state": { "type": "STREAM",
            "stream": { "stream_descriptor": { "name": "segments" }, "stream_state": value },
            "sourceStats": { "recordCount": records } } })
    }

    #[test]
    fn a_run_has_a_status_at_each_turn() {
        let segment = |id: &str| Segment::new(id, "n", false, [""; 0]).unwrap();
        let record = |id: &str| {
            json!({ "type": "RECORD", "record": { "stream": "segments", "emitted_at": AT,
                "data": { "id": id, "name": "n", "analytics_tracking_enabled": false, "tags": [] } } })
        };
        let mut stream = AirbyteStream::default();
        assert_eq!(lines(&mut stream, &Event::Started), [status("STARTED")]);
        let (saved, kept) = (saved(), Saved::to_json(Some(&saved())));
        assert_eq!(lines(&mut stream, &Event::Saved(&saved)), [state(&kept, 0)]);
        let read = lines(&mut stream, &Event::Read(&[segment("a"), segment("b")]));
        assert_eq!(read, [status("RUNNING"), record("a"), record("b")]);
        assert_eq!(lines(&mut stream, &Event::Read(&[segment("c")])), [record("c")]);
        let none = Saved::to_json(None);
        let done = lines(&mut stream, &Event::Done { is_proven: true });
        assert_eq!(done, [state(&none, 3), status("COMPLETE")]);
    }

    #[test]
    fn an_empty_list_never_runs() {
        let mut stream = AirbyteStream::default();
        lines(&mut stream, &Event::Started);
        assert_eq!(lines(&mut stream, &Event::Read(&[])), [Value::Null; 0]);
        let done = lines(&mut stream, &Event::Done { is_proven: true });
        assert_eq!(done, [state(&Saved::to_json(None), 0), status("COMPLETE")]);
    }

    #[test]
    fn a_failure_says_who_can_help() {
        let error = CommandError::usage("it must be a string", "Write a string");
        let trace = json!({ "type": "TRACE", "trace": { "type": "ERROR", "emitted_at": AT, "error": {
            "message": "it must be a string. Write a string.", "failure_type": "config_error",
            "internal_message":
                r#"{"reason":"usage","text":"it must be a string","advice":"Write a string"}"# } } });

        let mut stream = AirbyteStream::default();
        assert_eq!(lines(&mut stream, &Event::Failed(&error)), std::slice::from_ref(&trace));
        lines(&mut stream, &Event::Started);
        let failed = lines(&mut stream, &Event::Failed(&error));
        assert_eq!(failed, [trace, status("INCOMPLETE")]);
    }

    #[test]
    fn a_log_is_a_line_of_the_protocol() {
        let log = lines(&mut AirbyteStream::default(), &Event::Log(LogLevel::Warning, "so"));
        assert_eq!(log, [json!({ "type": "LOG", "log": { "level": "WARN", "message": "so" } })]);
    }
}
