//! `segments sync`: what has changed since the last time.

use segments_core::Segment;

use super::report::write_report;
use super::tracker::{Reading, Tracker};
use crate::args;
use crate::error::CommandError;
use crate::files::Sink;
use crate::output::IdsDigest;
use crate::signal::{Signals, run_blocking};
use crate::terminal::Console;

/// Reads the list once.
pub(super) async fn run(
    args: args::Sync,
    console: &Console,
    signals: &mut Signals,
) -> Result<(), CommandError> {
    let mut tracker = Tracker::open(args.tracking, args.report.clone(), console, signals).await?;
    let opening = move || args.report.as_deref().map(Sink::create).transpose();
    let sink = run_blocking(opening, None, signals).await?;

    let Reading { report, list } = tracker.read(console, signals).await?;
    let ids: Option<IdsDigest> =
        list.as_ref().ok().map(|list| list.iter().map(Segment::id).collect());
    let applied = list.and_then(|list| tracker.apply(&list, &report, console, signals));

    let reported =
        sink.map_or(Ok(()), |sink| write_report(sink, &report, ids, applied.as_ref().err()));
    if let (Err(_), Err(error)) = (&applied, &reported) {
        console.warn(&error.to_string());
    }
    let has_changed = applied?;
    reported?;
    if args.exit_code && has_changed { Err(CommandError::Changed) } else { Ok(()) }
}
