//! The commands.

mod airbyte;
mod check;
mod config;
mod conformance;
mod connector;
mod demo;
mod diff;
mod events;
mod export;
mod get;
mod job;
mod man;
mod open;
mod perform;
mod print;
mod replay;
mod report;
mod request;
mod resume;
mod schema;
mod serve;
mod sync;
mod tap;
mod text_file;
mod tracker;
mod version;
mod watch;
mod workspace;
mod workspaces;

use clap::CommandFactory;

use self::print::print;
use crate::args::{Cli, Command};
use crate::error::CommandError;
use crate::signal::{self, Signals};
use crate::terminal::Console;

/// Runs a command to its end.
pub(crate) fn run(command: Command, console: &Console) -> Result<(), CommandError> {
    match command {
        Command::Export(args) => wait(async |signals| export::run(*args, console, signals).await),
        Command::Get(args) => wait(async |signals| get::run(*args, console, signals).await),
        Command::Replay(args) => wait(async |signals| replay::run(*args, console, signals).await),
        Command::Check(args) => wait(async |signals| check::run(*args, console, signals).await),
        Command::Serve(args) => wait(async |signals| serve::run(args, console, signals).await),
        Command::Conformance(args) => wait(async |signals| conformance::run(args, signals).await),
        Command::Sync(args) => wait(async |signals| sync::run(*args, console, signals).await),
        Command::Watch(args) => wait(async |signals| watch::run(*args, console, signals).await),
        Command::Tap(args) => wait(async |signals| tap::run(args, console, signals).await),
        Command::Airbyte(args) => wait(async |signals| airbyte::run(args, console, signals).await),
        Command::Diff(args) => diff::run(&args, console),
        Command::Config(command) => config::run(&command, console),
        Command::Schema { events } => schema::run(events),
        Command::Version { json } => version::run(json),
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "segments", &mut script);
            print(&script)
        }
        Command::Man => man::run(),
    }
}

fn wait(
    task: impl AsyncFnOnce(&mut Signals) -> Result<(), CommandError>,
) -> Result<(), CommandError> {
    let start = || {
        signal::check_descriptors()?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        Ok((runtime, Signals::watch()?))
    };
    let (runtime, mut signals) = start().map_err(|error: std::io::Error| {
        CommandError::usage(format!("cannot start: {error}"), "Allow this process more open files")
    })?;

    let result = runtime.block_on(task(&mut signals));
    // A name that is still being resolved is not waited for.
    runtime.shutdown_background();
    result
}
