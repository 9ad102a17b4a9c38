//! The arguments of `segments check`.

use clap::{Args, ValueEnum};

use super::many::ManyChecks;
use super::shared::{Connection, Verbosity};
use super::timeouts::Timeouts;

#[derive(Debug, Args)]
pub(crate) struct Check {
    #[command(flatten)]
    pub(crate) connection: Connection,
    /// text or json
    #[arg(long, value_enum, hide_possible_values = true, ignore_case = true)]
    #[arg(default_value = "text", help_heading = "Output")]
    pub(crate) format: CheckFormat,
    #[command(flatten)]
    pub(crate) many: ManyChecks,
    #[command(flatten)]
    pub(crate) timeouts: Timeouts,
    #[command(flatten)]
    pub(crate) verbosity: Verbosity,
}

/// How the outcome of a check is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum CheckFormat {
    Text,
    Json,
}
