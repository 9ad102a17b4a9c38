//! The file with the list of workspaces.

use std::path::Path;

use crate::commands::text_file::{read, read_stdin};
use crate::error::CommandError;
use crate::workspaces::{Workspace, parse_workspaces};

/// Reads the list from a file, or from standard input for `-`.
pub(in crate::commands) fn read_workspaces(
    file: &Path,
    allow_insecure_http: bool,
) -> Result<Vec<Workspace>, CommandError> {
    if file == Path::new("-") {
        let text = read_stdin()?;
        return parse_workspaces(Path::new("standard input"), &text, allow_insecure_http);
    }
    parse_workspaces(file, &read(file, "--workspaces")?, allow_insecure_http)
}
