//! The program `segments`, as a library that only its own binary, tests, fuzz targets and benchmarks
//! call. No interface for others: it changes without notice.
#![forbid(unsafe_code)]

mod args;
mod checkpoint;
mod commands;
mod config;
mod error;
mod files;
#[cfg(test)]
mod messages;
pub mod output;
mod random;
mod signal;
mod terminal;
pub mod text;
mod transfer;

use std::process::ExitCode;

use crate::args::{Command, Verbosity};
use crate::error::{CommandError, Exit};
use crate::files::partial;
use crate::terminal::console::Console;

/// Runs the program with the arguments and the environment of this process.
pub fn main() -> ExitCode {
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
    let result = commands::run(cli.command, &console);
    // What was begun on another thread, which is not waited for.
    partial::discard_unfinished();
    console.clear();

    match result {
        Ok(()) => Exit::Done.into(),
        Err(error) => {
            if !matches!(error, CommandError::ReaderGone) {
                console.error(&error);
            }
            error.exit().into()
        }
    }
}
