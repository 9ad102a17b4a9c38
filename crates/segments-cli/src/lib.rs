//! The program `segments`, as a library that only its own binary, tests, fuzz targets and benchmarks
//! call. No interface for others: it changes without notice.
#![forbid(unsafe_code)]

mod args;
mod changes;
mod checkpoint;
mod child;
mod commands;
mod config;
mod connectors;
mod error;
mod files;
#[cfg(test)]
mod manual;
#[cfg(test)]
mod messages;
pub mod output;
mod random;
mod record;
mod signal;
mod state_file;
mod terminal;
pub mod text;
mod transfer;
mod workspaces;

use std::process::ExitCode;

use crate::args::Command;
use crate::child::end_children;
use crate::error::Exit;
use crate::files::discard_unfinished;
use crate::terminal::{Console, Level};

/// Runs the program with the arguments and the environment of this process.
pub fn main() -> ExitCode {
    let cli = match args::parse() {
        Ok(cli) => cli,
        Err(error) => return args::refuse(&error).into(),
    };
    let level = match &cli.command {
        Command::Export(args) => args.verbosity.level(),
        Command::Get(args) => args.verbosity.level(),
        Command::Replay(args) => args.verbosity.level(),
        Command::Check(args) => args.verbosity.level(),
        Command::Sync(args) => args.verbosity.level(),
        Command::Watch(args) => args.verbosity.level(),
        Command::Tap(args) => args.verbosity.level(),
        Command::Airbyte(args::Airbyte::Read(args)) => args.verbosity.level(),
        _ => Level::Normal,
    };
    let console = Console::new(level, cli.messages.json());

    signal::outlive_size_limit();
    let result = commands::run(cli.command, &console);
    // Those of a thread that was not waited for.
    end_children();
    discard_unfinished();
    console.erase_progress();

    match result {
        Ok(()) => Exit::Done.into(),
        Err(error) => {
            if !error.is_silent() {
                console.error(&error);
            }
            error.exit().into()
        }
    }
}
