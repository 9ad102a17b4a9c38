//! The messages of Singer and of Airbyte, and what both share. Pure: no file, no network, and the time
//! is a value.
//!
//! Both protocols are lines of JSON on standard output: a schema, records, and a state that the platform
//! keeps and hands to the next run. Here the state is a checkpoint of an export that was interrupted, so
//! that the next run resumes it. It is null after an export that was not.

mod event;
mod saved;
mod schema;

pub(crate) mod airbyte;
pub(crate) mod singer;

pub(crate) use event::{Event, LogLevel, Protocol};
pub(crate) use saved::{LastState, Saved};

/// The only stream.
const STREAM: &str = "segments";

/// The key of the stream.
const KEY_FIELD: &str = "id";
