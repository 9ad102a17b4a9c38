//! The file of `--report`.

use std::io::Write;

use segments_core::Report;
use serde::Serialize;

use crate::error::CommandError;
use crate::files::Sink;

#[derive(Serialize)]
struct Document<'a> {
    #[serde(flatten)]
    report: &'a Report,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'a CommandError>,
}

/// Writes what was done and proven, and why it failed, if it did.
pub(super) fn write_report(
    mut sink: Sink,
    report: &Report,
    error: Option<&CommandError>,
) -> Result<(), CommandError> {
    // A list that did not arrive is not claimed either.
    let report = match error {
        Some(_) => &report.clone().without_claims(),
        None => report,
    };
    let written = serde_json::to_writer_pretty(&mut sink, &Document { report, error });
    written
        .map_err(Into::into)
        .and_then(|()| sink.write_all(b"\n"))
        .map_err(|error| sink.write_error(&error))?;
    sink.finish().map(drop)
}
