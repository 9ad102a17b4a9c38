//! `segments sync`: what has changed since the last time.

use super::tracker::Tracker;
use crate::args;
use crate::error::CommandError;
use crate::signal::Signals;
use crate::terminal::Console;

/// Reads the list once.
pub(super) async fn run(
    args: args::Sync,
    console: &Console,
    signals: &mut Signals,
) -> Result<(), CommandError> {
    let mut tracker = Tracker::open(args.tracking, console, signals).await?;
    let has_changed = tracker.sync(console, signals).await?;
    if args.exit_code && has_changed { Err(CommandError::Changed) } else { Ok(()) }
}
