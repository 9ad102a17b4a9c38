//! `segments watch`: what changes, from now on.

use std::time::Duration;

use tokio::time::{MissedTickBehavior, interval};

use super::tracker::{Reading, Tracker};
use crate::args;
use crate::error::{CommandError, Exit};
use crate::signal::Signals;
use crate::terminal::Console;

/// Reads the list again and again, until a signal comes.
pub(super) async fn run(
    args: args::Watch,
    console: &Console,
    signals: &mut Signals,
) -> Result<(), CommandError> {
    let mut tracker = Tracker::open(args.tracking, None, console, signals).await?;
    let mut ticks = interval(args.every);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);

    loop {
        tokio::select! {
            _ = signals.first() => return Ok(()),
            _ = ticks.tick() => {}
        }

        // Each reading has a progress line of its own.
        let console = console.renewed();
        let synced = sync(&mut tracker, &console, signals).await;
        console.erase_progress();
        match synced {
            Ok(()) => {}
            // Nothing was written yet, so nothing is lost.
            Err(CommandError::Stopped(_)) => return Ok(()),
            Err(error) if may_pass(&error) => console.warn(&retried(&error, args.every)),
            Err(error) => return Err(error),
        }
    }
}

/// Reads once, and writes what has changed.
async fn sync(
    tracker: &mut Tracker,
    console: &Console,
    signals: &mut Signals,
) -> Result<(), CommandError> {
    let Reading { report, list } = tracker.read(tracker.client()?, console, signals).await;
    let changes = tracker.apply(&list?, &report, None, signals)?;
    console.note(&format!("{changes}; {report}"));
    Ok(())
}

/// Whether the next reading may succeed without anybody's help.
fn may_pass(error: &CommandError) -> bool {
    use Exit::{Deadline, NotReached, RateLimited, Server, Transport};
    matches!(error.exit(), NotReached | RateLimited | Server | Transport | Deadline)
}

fn retried(error: &CommandError, every: Duration) -> String {
    format!("{error} The state is unchanged; the list is read again every {every:?}.")
}
