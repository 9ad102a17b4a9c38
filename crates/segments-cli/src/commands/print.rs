//! What a command prints on standard output besides segments.

use std::io::Write;

use crate::error::CommandError;
use crate::files::Sink;

/// Prints it all.
pub(super) fn print(bytes: &[u8]) -> Result<(), CommandError> {
    let mut sink = Sink::stdout();
    sink.write_all(bytes).map_err(|error| sink.write_error(&error))?;
    sink.finish().map(drop)
}
