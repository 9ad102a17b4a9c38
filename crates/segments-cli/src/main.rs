//! The program `segments`.
#![forbid(unsafe_code)]

use std::process::ExitCode;

fn main() -> ExitCode {
    segments_cli::main()
}
