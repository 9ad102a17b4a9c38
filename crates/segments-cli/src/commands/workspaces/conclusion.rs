//! What is said at the end about all workspaces.

use std::io::Write;

use crate::error::{Again, CommandError};
use crate::files::Sink;
use crate::terminal::Console;
use crate::workspaces::Summary;

/// Tells people and programs what has become of all of them. `stopped` is why the run was ended early, if it
/// was.
pub(in crate::commands) fn conclude(
    summary: &Summary,
    stopped: Option<CommandError>,
    sink: Option<Sink>,
    again: Again,
    console: &Console,
) -> Result<(), CommandError> {
    console.erase_progress();
    console.table(|width| summary.table(width));
    console.note(&summary.line());
    let written = sink.map_or(Ok(()), |sink| write_summary(sink, summary));

    // What standard output holds is not what was asked for, whatever else there is to say.
    if let Some(error @ (CommandError::ReaderGone | CommandError::Output { .. })) = stopped {
        return Err(error);
    }
    written?;
    match summary.total() - summary.whole() {
        0 => Ok(()),
        missing => Err(CommandError::Incomplete {
            missing,
            total: summary.total(),
            exit: summary.exit(),
            again,
        }),
    }
}

fn write_summary(mut sink: Sink, summary: &Summary) -> Result<(), CommandError> {
    let written = serde_json::to_writer_pretty(&mut sink, summary);
    written
        .map_err(Into::into)
        .and_then(|()| sink.write_all(b"\n"))
        .map_err(|error| sink.write_error(&error))?;
    sink.finish().map(drop)
}
