//! Many workspaces, several at a time.

use std::panic::resume_unwind;
use std::sync::Arc;

use tokio::task::JoinSet;
use tokio::time::interval;

use crate::error::{CommandError, Exit};
use crate::signal::Signals;
use crate::terminal::{Console, PERIOD};
use crate::workspaces::{Ending, Outcome, Workspace};

/// What has become of one of them.
pub(in crate::commands) struct Done {
    pub(in crate::commands) outcome: Outcome,
    /// Why standard output takes no more, of any of them.
    pub(in crate::commands) lost_stdout: Option<CommandError>,
}

/// The work on many workspaces.
pub(in crate::commands) struct Pool<'a> {
    pub(in crate::commands) workspaces: &'a [Arc<Workspace>],
    /// How many at a time.
    pub(in crate::commands) jobs: usize,
    /// Whether all of them write to standard output, and to no file that could be saved.
    pub(in crate::commands) share_stdout: bool,
    pub(in crate::commands) console: &'a Console,
}

impl Pool<'_> {
    /// The outcomes in the order of the workspaces, and why the run was ended early, if it was.
    pub(in crate::commands) async fn run<F>(
        &self,
        signals: &mut Signals,
        work: impl Fn(Arc<Workspace>, Console, Signals) -> F,
    ) -> (Vec<Outcome>, Option<CommandError>)
    where
        F: Future<Output = Done> + Send + 'static,
    {
        let mut outcomes: Vec<Option<Outcome>> = self.workspaces.iter().map(|_| None).collect();
        let mut waiting = self.workspaces.iter().enumerate();
        let mut running = JoinSet::new();
        let mut ticks = interval(PERIOD);
        let (mut stopped, mut _busy) = (None, None);

        loop {
            while stopped.is_none() && running.len() < self.jobs {
                let Some((at, workspace)) = waiting.next() else { break };
                let console = self.console.of_workspace(&workspace.name);
                let work = work(Arc::clone(workspace), console.clone(), signals.clone());
                running.spawn(async move {
                    let done = work.await;
                    report(&done.outcome, &console);
                    (at, done)
                });
            }

            tokio::select! {
                biased;
                // Before one that ends by it makes room for another one.
                signal = signals.first(), if stopped.is_none() => {
                    stopped = Some(CommandError::Stopped(signal));
                    // Each sees the signal too, and saves what it has.
                    _busy = (!self.share_stdout).then(|| signals.busy());
                }
                ended = running.join_next() => match ended {
                    None => break,
                    Some(Err(error)) if error.is_panic() => resume_unwind(error.into_panic()),
                    Some(Err(_)) => {}
                    Some(Ok((at, Done { outcome, lost_stdout }))) => {
                        if stopped.is_none() && lost_stdout.is_some() {
                            stopped = lost_stdout;
                            running.abort_all();
                        }
                        outcomes[at] = Some(outcome);
                    }
                },
                _ = ticks.tick() => self.console.draw_progress(),
            }
        }

        let exit = stopped.as_ref().map_or(Exit::Done, CommandError::exit);
        let named = outcomes.into_iter().zip(self.workspaces);
        let outcomes = named.map(|(outcome, workspace)| {
            outcome.unwrap_or_else(|| Outcome::not_started(&workspace.name, exit))
        });
        (outcomes.collect(), stopped)
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
