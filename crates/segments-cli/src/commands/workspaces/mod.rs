//! `segments export --workspaces`: many workspaces, several at a time.

mod clients;
mod list_file;
mod one;
mod setup;

use std::io::Write;
use std::panic::resume_unwind;
use std::path::Path;
use std::sync::Arc;

use tokio::task::JoinSet;
use tokio::time::{Instant, interval};

pub(super) use self::clients::Clients;
pub(super) use self::list_file::read_workspaces;
use self::one::export_one;
use self::setup::Setup;
use crate::args;
use crate::config::refuse_key_in_argument;
use crate::error::{CommandError, Exit};
use crate::files::Sink;
use crate::signal::{Signals, run_blocking};
use crate::terminal::{Console, PERIOD};
use crate::workspaces::{Directory, Ending, Outcome, Summary};

/// Reads every workspace of the file, and says what has become of each.
pub(super) async fn run(
    args: args::Export,
    file: &Path,
    console: &Console,
    signals: &mut Signals,
) -> Result<(), CommandError> {
    let started = Instant::now();
    refuse_key_in_argument(args.connection.api_key.is_some())?;
    let file = file.to_owned();
    let loading = move || Setup::load(&args, &file);
    let (setup, summary_sink) = run_blocking(loading, None, signals).await?;

    console.count_workspaces(setup.workspaces.len() as u64);
    let setup = Arc::new(setup);
    let (outcomes, stopped) = export_all(&setup, console, signals).await;
    console.erase_progress();

    let summary = Summary { outcomes, elapsed: started.elapsed() };
    console.table(|width| summary.table(width));
    console.note(&summary.line());
    let written = summary_sink.map_or(Ok(()), |sink| write_summary(sink, &summary));

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
            summary: setup.directory.as_ref().map(Directory::summary),
        }),
    }
}

/// The outcomes in the order of the workspaces, and why the run was ended early, if it was.
async fn export_all(
    setup: &Arc<Setup>,
    console: &Console,
    signals: &mut Signals,
) -> (Vec<Outcome>, Option<CommandError>) {
    let mut outcomes: Vec<Option<Outcome>> = setup.workspaces.iter().map(|_| None).collect();
    let mut waiting = setup.workspaces.iter().enumerate();
    let mut running = JoinSet::new();
    let mut ticks = interval(PERIOD);
    let (mut stopped, mut _busy) = (None, None);

    loop {
        while stopped.is_none() && running.len() < setup.jobs {
            let Some((at, workspace)) = waiting.next() else { break };
            let (setup, workspace) = (Arc::clone(setup), Arc::clone(workspace));
            let console = console.of_workspace(&workspace.name);
            let signals = signals.clone();
            running.spawn(async move {
                let outcome = export_one(&setup, &workspace, &console, signals).await;
                report(&outcome, &console);
                (at, outcome)
            });
        }

        tokio::select! {
            biased;
            // Before an export that ends by it makes room for another one.
            signal = signals.first(), if stopped.is_none() => {
                stopped = Some(CommandError::Stopped(signal));
                // Each export sees the signal too, and saves what it has.
                _busy = setup.directory.is_some().then(|| signals.busy());
            }
            ended = running.join_next() => match ended {
                None => break,
                Some(Err(error)) if error.is_panic() => resume_unwind(error.into_panic()),
                Some(Err(_)) => {}
                Some(Ok((at, outcome))) => {
                    // Standard output is of no use any more, to any of them.
                    if setup.directory.is_none() && stopped.is_none() {
                        stopped = lost_output(&outcome);
                        if stopped.is_some() {
                            running.abort_all();
                        }
                    }
                    outcomes[at] = Some(outcome);
                }
            },
            _ = ticks.tick() => console.draw_progress(),
        }
    }

    let exit = stopped.as_ref().map_or(Exit::Done, CommandError::exit);
    let named = outcomes.into_iter().zip(&setup.workspaces);
    let outcomes = named.map(|(outcome, workspace)| {
        outcome.unwrap_or_else(|| Outcome::not_started(&workspace.name, exit))
    });
    (outcomes.collect(), stopped)
}

/// Why standard output takes no more rows, if this outcome says so.
fn lost_output(outcome: &Outcome) -> Option<CommandError> {
    match &outcome.ending {
        Ending::Failed(CommandError::ReaderGone) => Some(CommandError::ReaderGone),
        Ending::Failed(CommandError::Output { message, advice }) => {
            Some(CommandError::Output { message: message.clone(), advice })
        }
        _ => None,
    }
}

/// One line.
fn report(outcome: &Outcome, console: &Console) {
    console.workspace_ended(outcome.is_whole());
    match &outcome.ending {
        Ending::Failed(error) if error.is_silent() => {}
        Ending::Failed(CommandError::Stopped(_)) => console.note(&outcome.line()),
        Ending::Failed(_) => console.warn(&outcome.line()),
        _ => console.note(&outcome.line()),
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
