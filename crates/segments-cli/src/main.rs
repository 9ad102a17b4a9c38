//! The program `segments`.
#![forbid(unsafe_code)]

mod args;
mod checkpoint;
mod checkpoint_file;
mod clock;
mod config;
mod demo;
mod exit;
mod export;
mod files;
mod fixed;
mod format;
mod get;
mod help;
mod listen;
mod lock;
#[cfg(test)]
mod messages;
mod no_proxy;
mod partial;
mod progress;
mod quantity;
mod saver;
mod serve;
mod signal;
mod sink;
mod source;
mod tally;
mod wrap;

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::io::Write;
use std::process::ExitCode;

use clap::CommandFactory;

use segments_cli::{escape, output};

use args::{Cli, Command, Verbosity};
use exit::{CommandError, Exit};
use progress::Console;
use signal::Signals;
use sink::Sink;

fn main() -> ExitCode {
    let cli = match args::parse() {
        Ok(cli) => cli,
        Err(error) => return args::refuse(&error).into(),
    };
    let console = match &cli.command {
        Command::Export(args) => Console::new(&args.talk),
        Command::Get(args) => Console::new(&args.talk),
        _ => Console::new(&Verbosity::default()),
    };
    signal::outlive_size_limit();
    let ended = run(cli.command, &console);
    // What was begun on another thread, which is not waited for.
    partial::discard_unfinished();
    console.clear();
    match ended {
        Ok(()) => Exit::Done.into(),
        Err(problem) => {
            if !matches!(problem, CommandError::ReaderGone) {
                console.error(&problem);
            }
            problem.exit().into()
        }
    }
}

fn run(command: Command, console: &Console) -> Result<(), CommandError> {
    match command {
        Command::Export(args) => wait(async |signals| export::run(*args, console, signals).await),
        Command::Get(args) => wait(async |signals| get::run(*args, console, signals).await),
        Command::Serve(args) => wait(async |signals| serve::run(args, console, signals).await),
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "segments", &mut script);
            print(&script)
        }
        Command::Man => {
            let mut page = Vec::new();
            let rendered = clap_mangen::Man::new(Cli::command()).render(&mut page);
            rendered.map_err(|error| CommandError::stream("the manual page", &error))?;
            print(&page)
        }
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
    let ended = runtime.block_on(task(&mut signals));
    // A name that is still being resolved is not waited for.
    runtime.shutdown_background();
    ended
}

fn print(bytes: &[u8]) -> Result<(), CommandError> {
    let mut sink = Sink::stdout();
    sink.write_all(bytes).map_err(|error| sink.problem(&error))?;
    sink.finish().map(drop)
}

/// A number that differs from run to run.
fn seed() -> u64 {
    RandomState::new().build_hasher().finish()
}
