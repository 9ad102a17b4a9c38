//! The messages.

use serde::Serialize;
use serde_json::Value;

use crate::connectors::schema::Schema;
use crate::output::Row;

/// A line of a tap.
#[derive(Serialize)]
#[serde(tag = "type", rename_all = "SCREAMING_SNAKE_CASE")]
pub(super) enum Message<'a> {
    /// Before the first record.
    Schema { stream: &'a str, schema: Schema<'a>, key_properties: [&'a str; 1] },
    Record {
        stream: &'a str,
        record: Row<'a>,
        /// Of the table that a later `ACTIVATE_VERSION` makes the valid one.
        #[serde(skip_serializing_if = "Option::is_none")]
        version: Option<i64>,
        /// When the segment was read.
        time_extracted: &'a str,
    },
    /// What the target prints once it has stored every record before it.
    State { value: Value },
    /// The target may delete every record of another version.
    ActivateVersion { stream: &'a str, version: i64 },
}
