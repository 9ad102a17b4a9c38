//! What the lines of a record hold.

use std::time::Duration;

use segments_core::export::RecordedExchange;
use segments_core::{Api, Checkpoint, List, Plan};
use serde::{Deserialize, Serialize};

use crate::error::Signal;

/// The version of the file.
pub(super) const VERSION: u32 = 1;

/// A line that is written.
#[derive(Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Line<'a> {
    Record(&'a Head),
    Resumed { checkpoint: &'a Checkpoint, list: &'a List },
    Exchange(&'a RecordedExchange),
    End(&'a End),
}

/// A line that was read.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum OwnedLine {
    Record(Head),
    Resumed { checkpoint: Checkpoint, list: List },
    Exchange(RecordedExchange),
    End(End),
}

/// The first line: what was asked for.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Head {
    pub(super) version: u32,
    /// The version of the program.
    pub(crate) program: String,
    pub(crate) endpoint: String,
    pub(crate) plan: Plan,
    pub(crate) replaces_invalid_text: bool,
    /// Whether segments were written as they came.
    pub(crate) is_streamed: bool,
    pub(crate) min_segments: Option<u64>,
}

impl Head {
    pub(crate) fn new(
        api: &Api,
        plan: &Plan,
        replaces_invalid_text: bool,
        is_streamed: bool,
        min_segments: Option<u64>,
    ) -> Self {
        Self {
            version: VERSION,
            program: env!("CARGO_PKG_VERSION").to_owned(),
            endpoint: api.endpoint().to_string(),
            plan: plan.clone(),
            replaces_invalid_text,
            is_streamed,
            min_segments,
        }
    }
}

/// The last line: how the export ended, or that it was stopped.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct End {
    /// When, on the clock of the export.
    #[serde(with = "seconds")]
    pub(crate) at: Duration,
    /// The time that the report says.
    #[serde(with = "seconds")]
    pub(crate) elapsed: Duration,
    pub(crate) signal: Option<Signal>,
}

/// As exchanges have their times.
mod seconds {
    use std::time::Duration;

    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(
        time: &Duration,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(time.as_secs_f64())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Duration, D::Error> {
        Duration::try_from_secs_f64(f64::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}
