//! Tasks of this repository: `cargo xtask <task>`.
#![forbid(unsafe_code)]

mod audit;
mod ci;
mod prose;
mod step;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

const USAGE: &str = "\
Usage: cargo xtask <TASK>

Tasks:
  ci      what CI runs: links, format, lints, tests, documentation
  audit   what needs more tools: dependencies, combinations of features, types of others in our API";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let done = match args.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["ci"] => ci::run(&root()),
        ["audit"] => audit::run(&root()),
        ["help" | "-h" | "--help"] => {
            println!("{USAGE}");
            true
        }
        _ => {
            eprintln!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    if done { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// The directory of the workspace, also when the task was started elsewhere.
fn root() -> PathBuf {
    let xtask = Path::new(env!("CARGO_MANIFEST_DIR"));
    xtask.parent().unwrap_or(xtask).to_owned()
}
