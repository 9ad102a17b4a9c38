//! The arguments of `segments replay`.

use std::path::PathBuf;

use clap::Args;

use super::help::REPORT;
use super::shared::{Output, Verbosity};

#[derive(Debug, Args)]
// The record says it.
#[command(mut_arg("replace_invalid_text", |arg| arg.hide(true)))]
pub(crate) struct Replay {
    /// What --record of an export wrote
    #[arg(value_name = "FILE")]
    pub(crate) record: PathBuf,
    #[command(flatten)]
    pub(crate) output: Output,
    /// If the export failed, still write the segments that were seen, as export does
    #[arg(long, help_heading = "Output")]
    pub(crate) keep_partial: bool,
    #[arg(long, value_name = "FILE", help = REPORT, help_heading = "Output")]
    pub(crate) report: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) verbosity: Verbosity,
}
