//! The files that a platform writes for a connector.

use std::path::Path;

use serde_json::Value;

use crate::commands::text_file::{malformed, read};
use crate::config::{ConnectorConfig, KeyEntries};
use crate::connectors::LastState;
use crate::error::CommandError;
use crate::text::strict_json;

pub(in crate::commands) fn read_config(
    path: &Path,
    keys: KeyEntries,
) -> Result<ConnectorConfig, CommandError> {
    ConnectorConfig::parse(path, &read(path, "--config")?, keys)
}

/// What `meaning` makes of a file.
pub(in crate::commands) fn read_json<T>(
    path: &Path,
    argument: &str,
    meaning: impl FnOnce(&Value) -> Result<T, String>,
) -> Result<T, CommandError> {
    let refuse = |error: &str| malformed(argument, path, &error, "");
    let text = read(path, argument)?;
    let value = strict_json::parse(&text).map_err(|fault| refuse(&fault.to_string()))?;
    meaning(&value).map_err(|error| refuse(&error))
}

/// The state that a platform hands back. What is no state is no error: the list can be read without it.
pub(in crate::commands) fn read_state(
    path: Option<&Path>,
    meaning: impl FnOnce(&Value) -> LastState,
) -> Result<LastState, CommandError> {
    let Some(path) = path else { return Ok(Ok(None)) };

    let text = read(path, "--state")?;
    // Some platforms make an empty file for the first run.
    if text.trim().is_empty() {
        return Ok(Ok(None));
    }
    Ok(strict_json::parse(&text)
        .map_err(|fault| fault.to_string())
        .and_then(|state| meaning(&state)))
}
