//! The flag that shows a request instead of sending it.

use clap::{Args, ValueEnum};

/// Instead of a run.
#[derive(Debug, Args)]
#[command(next_help_heading = "Output")]
pub(crate) struct PrintRequest {
    /// Print the first request as curl or http, with a variable for the key, and send nothing
    #[arg(long, value_name = "HOW", value_enum, hide_possible_values = true, ignore_case = true)]
    pub(crate) print_request: Option<RequestFormat>,
}

/// How a request is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum RequestFormat {
    /// A command line
    Curl,
    /// The message
    Http,
}
