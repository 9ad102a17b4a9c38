//! The arguments of `segments get`.

use clap::Args;
use segments_core::SortDirection;

use super::request::PrintRequest;
use super::shared::{Connection, Limits, Output, Verbosity};
use super::values::orders;

#[derive(Debug, Args)]
pub(crate) struct Get {
    #[command(flatten)]
    pub(crate) connection: Connection,
    /// Page number, counted from 0
    #[arg(long, value_name = "N", default_value_t = 0, help_heading = "What to read")]
    pub(crate) page: u32,
    /// asc (oldest first) or desc (newest first); the server's own order if not given
    #[arg(long, value_name = "ORDER", hide_possible_values = true, value_parser = orders())]
    #[arg(help_heading = "What to read", ignore_case = true)]
    pub(crate) sort: Option<SortDirection>,
    #[command(flatten)]
    pub(crate) output: Output,
    #[command(flatten)]
    pub(crate) request: PrintRequest,
    #[command(flatten)]
    pub(crate) limits: Limits,
    #[command(flatten)]
    pub(crate) verbosity: Verbosity,
}
