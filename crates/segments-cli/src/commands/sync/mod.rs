//! `segments sync`: what has changed since the last time.

mod many;

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
    if let Some(file) = args.many.workspaces.clone() {
        return many::run(args, &file, console, signals).await;
    }

    let mut tracker = Tracker::open(args.tracking, args.report.clone(), console, signals).await?;
    let opening = move || args.report.as_deref().map(Sink::create).transpose();
    let sink = run_blocking(opening, None, signals).await?;

    let Reading { report, list } = tracker.read(tracker.client()?, console, signals).await;
    let ids: Option<IdsDigest> =
        list.as_ref().ok().map(|list| list.iter().map(Segment::id).collect());
    let applied = list.and_then(|list| Ok(tracker.apply(&list, &report, None, signals)?));
    if let Ok(changes) = &applied {
        console.note(&format!("{changes}; {report}"));
    }

    let reported =
        sink.map_or(Ok(()), |sink| write_report(sink, &report, ids, applied.as_ref().err()));
    if let (Err(_), Err(error)) = (&applied, &reported) {
        console.warn(&error.to_string());
    }
    let changes = applied?;
    reported?;
    if args.exit_code && !changes.is_empty() { Err(CommandError::Changed) } else { Ok(()) }
}
