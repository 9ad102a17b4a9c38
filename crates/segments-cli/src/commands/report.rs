//! The file of `--report`.

use std::io::Write;

use segments_core::Report;
use serde::Serialize;

use crate::error::CommandError;
use crate::files::Sink;
use crate::output::IdsDigest;

#[derive(Serialize)]
struct Document<'a> {
    #[serde(flatten)]
    report: &'a Report,
    /// Of the list that was written; `diff` compares it with the list that it is given.
    #[serde(skip_serializing_if = "Option::is_none")]
    ids_digest: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'a CommandError>,
}

/// Writes what was done and proven, and why it failed, if it did.
pub(super) fn write_report(
    mut sink: Sink,
    report: &Report,
    ids_digest: Option<IdsDigest>,
    error: Option<&CommandError>,
) -> Result<(), CommandError> {
    // A list that did not arrive is not claimed either.
    let report = match error {
        Some(_) => &report.clone().without_claims(),
        None => report,
    };
    let ids_digest = ids_digest.filter(|_| error.is_none()).map(IdsDigest::to_hex);
    let document = Document { report, ids_digest, error };
    let written = serde_json::to_writer_pretty(&mut sink, &document);
    written
        .map_err(Into::into)
        .and_then(|()| sink.write_all(b"\n"))
        .map_err(|error| sink.write_error(&error))?;
    sink.finish().map(drop)
}
