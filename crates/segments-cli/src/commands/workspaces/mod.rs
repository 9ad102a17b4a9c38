//! `segments export --workspaces`: many workspaces, several at a time. Also what other commands over many
//! workspaces share with it.

mod clients;
mod conclusion;
mod list_file;
mod one;
mod owners;
mod pool;
mod setup;

use std::path::Path;
use std::sync::Arc;

use tokio::time::Instant;

pub(super) use self::clients::Clients;
pub(super) use self::conclusion::conclude;
pub(super) use self::list_file::read_workspaces;
use self::one::export_one;
pub(super) use self::owners::Owners;
pub(super) use self::pool::{Done, Pool};
use self::setup::Setup;
use crate::args;
use crate::config::refuse_key_in_argument;
use crate::error::CommandError;
use crate::signal::{Signals, run_blocking};
use crate::terminal::Console;
use crate::workspaces::{Ending, Outcome, Summary};

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
    let pool = Pool {
        workspaces: &setup.workspaces,
        jobs: setup.jobs,
        share_stdout: setup.directory.is_none(),
        console,
    };
    let export = |workspace, console, signals| {
        let setup = Arc::clone(&setup);
        async move {
            let outcome = export_one(&setup, &workspace, &console, signals).await;
            let writes_rows = setup.directory.is_none();
            Done { lost_stdout: lost_stdout(&outcome).filter(|_| writes_rows), outcome }
        }
    };
    let (outcomes, stopped) = pool.run(signals, export).await;

    let summary = Summary { outcomes, elapsed: started.elapsed() };
    conclude(&summary, stopped, summary_sink, setup.again(), console)
}

/// Why standard output takes no more rows, if this outcome says so.
pub(super) fn lost_stdout(outcome: &Outcome) -> Option<CommandError> {
    match &outcome.ending {
        Ending::Failed(CommandError::ReaderGone) => Some(CommandError::ReaderGone),
        Ending::Failed(CommandError::Output { message, advice }) => {
            Some(CommandError::Output { message: message.clone(), advice })
        }
        _ => None,
    }
}
