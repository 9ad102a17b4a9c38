//! The flags of an export of many workspaces.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use super::values::jobs;
use crate::text::quantity::time;

#[derive(Debug, Args)]
#[command(next_help_heading = "Many workspaces")]
pub(crate) struct Many {
    /// Read all workspaces in this file, or standard input for -: TOML with a [workspace.NAME] for
    /// each, or NDJSON with a name in each line, and the entries of a profile
    #[allow(clippy::doc_markdown)]
    #[arg(long, value_name = "FILE")]
    #[arg(conflicts_with_all = ["base_url", "instance", "profile", "demo"])]
    #[arg(conflicts_with_all = ["api_key_file", "api_key_command"])]
    #[arg(conflicts_with_all = ["file", "checkpoint", "record", "print_request", "max_items"])]
    pub(crate) workspaces: Option<PathBuf>,
    /// Write a list, a report and, while it is unfinished, a checkpoint for each into this
    /// directory, and summary.json. Run the same command again to read what is missing. Without
    /// it, NDJSON with the field workspace goes to standard output
    #[arg(long, value_name = "DIR", requires = "workspaces", conflicts_with = "report")]
    pub(crate) output_dir: Option<PathBuf>,
    /// Workspaces that are read at a time, each within all limits
    #[arg(long, value_name = "N", default_value_t = 4, requires = "workspaces")]
    #[arg(value_parser = jobs())]
    pub(crate) jobs: u16,
    /// Read a list in --output-dir again if it is older; 0s reads all again
    #[arg(long, value_name = "TIME", default_value = "12h", value_parser = time)]
    #[arg(requires = "output_dir")]
    pub(crate) max_age: Duration,
}

/// The same for a check, which writes no files.
#[derive(Debug, Args)]
#[command(next_help_heading = "Many workspaces")]
pub(crate) struct ManyChecks {
    /// Check all workspaces in this file, as export reads it, or standard input for -
    #[arg(long, value_name = "FILE")]
    #[arg(conflicts_with_all = ["base_url", "instance", "profile"])]
    #[arg(conflicts_with_all = ["api_key_file", "api_key_command"])]
    pub(crate) workspaces: Option<PathBuf>,
    /// Workspaces that are checked at a time
    #[arg(long, value_name = "N", default_value_t = 4, requires = "workspaces")]
    #[arg(value_parser = jobs())]
    pub(crate) jobs: u16,
}

/// The same for changes, of which each has a state.
#[derive(Debug, Args)]
#[command(next_help_heading = "Many workspaces")]
pub(crate) struct ManyStates {
    /// Read all workspaces in this file, as export reads it, or standard input for -
    #[arg(long, value_name = "FILE", requires = "state_dir")]
    #[arg(conflicts_with_all = ["base_url", "instance", "profile", "state"])]
    #[arg(conflicts_with_all = ["api_key_file", "api_key_command"])]
    pub(crate) workspaces: Option<PathBuf>,
    /// Keep the state of each in this directory, as NAME.state. Events are NDJSON and begin with the
    /// field workspace, and --report gets a summary
    #[arg(long, value_name = "DIR", requires = "workspaces")]
    pub(crate) state_dir: Option<PathBuf>,
    /// Workspaces that are read at a time, each within all limits
    #[arg(long, value_name = "N", default_value_t = 4, requires = "workspaces")]
    #[arg(value_parser = jobs())]
    pub(crate) jobs: u16,
}
