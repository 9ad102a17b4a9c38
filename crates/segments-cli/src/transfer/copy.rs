//! From a source to a destination.

use std::pin::pin;

use tokio::time::{Instant, interval_at};

use super::destination::Destination;
use super::source::Source;
use crate::error::CommandError;
use crate::signal::Signals;
use crate::terminal::{Console, PERIOD};

/// Copies all segments, until a signal comes, and draws the progress line.
pub(crate) async fn copy(
    source: &mut Source,
    destination: &mut Destination,
    console: &Console,
    signals: &mut Signals,
) -> Result<(), CommandError> {
    let mut copying = pin!(copy_all(source, destination, console));
    // What is over at once needs no progress line.
    let mut ticks = interval_at(Instant::now() + 2 * PERIOD, PERIOD);

    loop {
        tokio::select! {
            signal = signals.first() => return Err(CommandError::Stopped(signal)),
            copied = &mut copying => return copied,
            _ = ticks.tick() => console.draw_progress(),
        }
    }
}

async fn copy_all(
    source: &mut Source,
    destination: &mut Destination,
    console: &Console,
) -> Result<(), CommandError> {
    while let Some(segments) = source.next_segments().await {
        destination.write(segments?, console)?;
    }
    Ok(())
}
