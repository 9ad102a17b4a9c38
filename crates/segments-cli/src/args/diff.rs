//! The arguments of `segments diff`.

use std::path::PathBuf;

use clap::Args;

use super::events::Events;
use super::help::EXIT_CODE;

#[derive(Debug, Args)]
pub(crate) struct Diff {
    /// The earlier list, as export wrote it: NDJSON or JSON, or - for standard input
    pub(crate) old: PathBuf,
    /// The later list, whose export began after the earlier one had ended
    pub(crate) new: PathBuf,
    /// The report of NEW. Only with it can a segment be removed, and not just not seen: the report
    /// must claim that NEW is complete, or a snapshot
    #[arg(long, value_name = "FILE", help_heading = "Proof")]
    pub(crate) report: Option<PathBuf>,
    /// The report of OLD, to check that NEW is later
    #[arg(long, value_name = "FILE", help_heading = "Proof", requires = "report")]
    pub(crate) old_report: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) events: Events,
    #[arg(long, help = EXIT_CODE, help_heading = "Output")]
    pub(crate) exit_code: bool,
}
