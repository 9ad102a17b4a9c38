//! Changes on standard output.

use std::io::{self, IsTerminal, Write};

use crate::changes::Event;
use crate::error::CommandError;
use crate::files::Sink;
use crate::output::{EventFormat, EventOrigin, write_events};

/// Writes events, all of them or an error. In a file they are durable then.
pub(super) fn emit(
    events: &[Event],
    origin: EventOrigin,
    format: Option<EventFormat>,
) -> Result<(), CommandError> {
    // A table has no column for the workspace.
    let is_for_people = io::stdout().is_terminal() && origin.workspace.is_none();
    let usual = if is_for_people { EventFormat::Table } else { EventFormat::Ndjson };
    let format = format.unwrap_or(usual);

    let mut sink = Sink::open_stdout()?;
    let width = sink.width();
    write_events(events, origin, format, width, &mut sink)
        .and_then(|()| sink.flush())
        .map_err(|error| sink.write_error(&error))?;
    sink.finish()?;
    sync_stdout();
    Ok(())
}

/// Makes what was written outlive a power failure, where standard output is a file. Pipes and terminals
/// refuse that.
fn sync_stdout() {
    #[cfg(unix)]
    if let Ok(stdout) = std::os::fd::AsFd::as_fd(&io::stdout()).try_clone_to_owned() {
        let _ = std::fs::File::from(stdout).sync_data();
    }
}
