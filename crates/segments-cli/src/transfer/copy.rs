//! From a source to a destination.

use std::pin::pin;

use segments_core::{Batch, Segment};
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
    attended(copy_all(source, destination, console), console, signals).await
}

/// Collects all segments in the same way.
pub(crate) async fn collect(
    source: &mut Source,
    console: &Console,
    signals: &mut Signals,
) -> Result<Vec<Segment>, CommandError> {
    attended(collect_all(source), console, signals).await
}

/// Works until a signal comes, and draws the progress line.
pub(crate) async fn attended<T>(
    work: impl Future<Output = Result<T, CommandError>>,
    console: &Console,
    signals: &mut Signals,
) -> Result<T, CommandError> {
    let mut work = pin!(work);
    // What is over at once needs no progress line.
    let mut ticks = interval_at(Instant::now() + 2 * PERIOD, PERIOD);

    loop {
        tokio::select! {
            signal = signals.first() => return Err(CommandError::Stopped(signal)),
            done = &mut work => return done,
            _ = ticks.tick() => console.draw_progress(),
        }
    }
}

async fn copy_all(
    source: &mut Source,
    destination: &mut Destination,
    console: &Console,
) -> Result<(), CommandError> {
    while let Some(batch) = source.next_rows().await {
        match batch? {
            Batch::Segments(segments) => destination.write(segments, console)?,
            Batch::Updates(updates) => {
                let edited = updates.into_iter().map(|update| update.segment).collect();
                destination.write_again(edited, console)?;
            }
        }
    }
    Ok(())
}

async fn collect_all(source: &mut Source) -> Result<Vec<Segment>, CommandError> {
    let mut list = Vec::new();
    while let Some(segments) = source.next_segments().await {
        list.extend(segments?);
    }
    Ok(list)
}
