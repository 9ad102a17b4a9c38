//! The messages.

use serde::Serialize;
use serde_json::{Value, json};

use super::failure::FailureType;
use crate::connectors::STREAM;
use crate::error::CommandError;
use crate::output::Row;

/// A line of a connector.
#[derive(Serialize)]
#[serde(tag = "type", rename_all = "SCREAMING_SNAKE_CASE")]
pub(super) enum Message<'a> {
    Record { record: Record<'a> },
    State { state: State },
    Log { log: Log<'a> },
    Trace { trace: Trace },
}

#[derive(Serialize)]
pub(super) struct Record<'a> {
    pub(super) stream: &'static str,
    pub(super) data: Row<'a>,
    pub(super) emitted_at: i64,
}

#[derive(Serialize)]
pub(super) struct State {
    #[serde(rename = "type")]
    pub(super) kind: &'static str,
    pub(super) stream: StreamState,
    #[serde(rename = "sourceStats")]
    pub(super) source_stats: SourceStats,
}

#[derive(Serialize)]
pub(super) struct StreamState {
    pub(super) stream_descriptor: StreamDescriptor,
    pub(super) stream_state: Value,
}

/// By which the platform notices a record that got lost on its way.
#[derive(Serialize)]
pub(super) struct SourceStats {
    /// How many records there were since the last state.
    #[serde(rename = "recordCount")]
    pub(super) record_count: u64,
}

#[derive(Serialize)]
pub(super) struct StreamDescriptor {
    name: &'static str,
}

/// The only one.
pub(super) const STREAM_DESCRIPTOR: StreamDescriptor = StreamDescriptor { name: STREAM };

#[derive(Serialize)]
pub(super) struct Log<'a> {
    pub(super) level: &'static str,
    pub(super) message: &'a str,
}

#[derive(Serialize)]
pub(super) struct Trace {
    pub(super) emitted_at: i64,
    #[serde(flatten)]
    pub(super) content: TraceContent,
}

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "SCREAMING_SNAKE_CASE")]
pub(super) enum TraceContent {
    StreamStatus { stream_status: StreamStatus },
    Error { error: ErrorTrace },
}

#[derive(Serialize)]
pub(super) struct StreamStatus {
    pub(super) stream_descriptor: StreamDescriptor,
    pub(super) status: Status,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(super) enum Status {
    Started,
    Running,
    Complete,
    Incomplete,
}

#[derive(Serialize)]
pub(super) struct ErrorTrace {
    /// For the person who looks at the connection.
    pub(super) message: String,
    /// The same for programs, as a report has it.
    pub(super) internal_message: String,
    pub(super) failure_type: FailureType,
}

/// Whether the configuration is right, as a message.
pub(crate) fn connection_status(error: Option<&CommandError>) -> Value {
    let status = match error {
        None => json!({ "status": "SUCCEEDED" }),
        Some(error) => json!({ "status": "FAILED", "message": error.to_string() }),
    };
    json!({ "type": "CONNECTION_STATUS", "connectionStatus": status })
}
