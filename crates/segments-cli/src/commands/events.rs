//! Changes on standard output.

use std::io::{self, IsTerminal, Write};

use segments_core::response::Timestamp;

use crate::args;
use crate::changes::Event;
use crate::error::CommandError;
use crate::files::Sink;
use crate::output::{EventFormat, write_events};

/// Writes events, all of them or an error. In a file they are durable then.
pub(super) fn emit(
    events: &[Event],
    at: Option<Timestamp>,
    args: &args::Events,
) -> Result<(), CommandError> {
    let on_terminal = io::stdout().is_terminal();
    let usual = if on_terminal { EventFormat::Table } else { EventFormat::Ndjson };
    let format = args.format.unwrap_or(usual);

    let mut sink = Sink::open_stdout()?;
    let width = sink.width();
    write_events(events, at, format, width, &mut sink)
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
