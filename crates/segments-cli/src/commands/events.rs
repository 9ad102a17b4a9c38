//! Changes on standard output.

use std::io::{self, IsTerminal, Write};

use segments_core::response::Timestamp;

use crate::args;
use crate::changes::Event;
use crate::error::CommandError;
use crate::files::Sink;
use crate::output::{EventFormat, write_events};

/// Writes events, all of them or an error.
pub(super) fn emit(
    events: &[Event],
    at: Option<Timestamp>,
    args: &args::Events,
) -> Result<(), CommandError> {
    let on_terminal = io::stdout().is_terminal();
    let usual = if on_terminal { EventFormat::Table } else { EventFormat::Ndjson };
    let format = args.format.unwrap_or(usual);

    let mut sink = Sink::stdout();
    let width = sink.width();
    write_events(events, at, format, width, &mut sink)
        .and_then(|()| sink.flush())
        .map_err(|error| sink.write_error(&error))?;
    sink.finish().map(drop)
}
