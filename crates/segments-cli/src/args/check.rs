//! The arguments of `segments check`.

use std::time::Duration;

use clap::{Args, ValueEnum};

use super::shared::{Connection, Verbosity};
use crate::text::quantity::nonzero_time;

#[derive(Debug, Args)]
pub(crate) struct Check {
    #[command(flatten)]
    pub(crate) connection: Connection,
    /// text or json
    #[arg(long, value_enum, hide_possible_values = true, ignore_case = true)]
    #[arg(default_value = "text", help_heading = "Output")]
    pub(crate) format: CheckFormat,
    /// Time limit, such as 500ms, 10s, 2m
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = nonzero_time)]
    #[arg(help_heading = "Limits")]
    pub(crate) timeout: Duration,
    #[command(flatten)]
    pub(crate) verbosity: Verbosity,
}

/// How the outcome of a check is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum CheckFormat {
    Text,
    Json,
}
