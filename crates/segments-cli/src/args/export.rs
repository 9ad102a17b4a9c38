//! The arguments of `segments export`.

use std::path::PathBuf;

use clap::Args;
use segments_core::{Goal, Plan, SortDirection};

use super::help::REPORT;
use super::many::Many;
use super::pace::Pace;
use super::request::PrintRequest;
use super::shared::{Connection, Limits, Output, Verbosity};
use super::values::{goals, orders};
use crate::text::quantity::size;

#[derive(Debug, Args)]
pub(crate) struct Export {
    #[command(flatten)]
    pub(crate) connection: Connection,
    /// Read 250 sample segments from a built-in emulator: no key, no network
    #[arg(long, help_heading = "Where to read")]
    #[arg(conflicts_with_all = ["base_url", "instance", "profile", "api_key_file"])]
    #[arg(conflicts_with_all = ["api_key_command", "ca_file"])]
    #[arg(conflicts_with_all = ["checkpoint", "print_request"])]
    pub(crate) demo: bool,
    /// What the export promises: complete, snapshot or walk, see below
    #[arg(long, default_value_t, value_parser = goals(), help_heading = "What to read")]
    #[arg(hide_possible_values = true, ignore_case = true)]
    pub(crate) goal: Goal,
    /// Order by time of creation: asc (oldest first) or desc (newest first)
    #[arg(long, value_name = "ORDER", hide_possible_values = true)]
    #[arg(default_value = "asc", value_parser = orders(), help_heading = "What to read")]
    #[arg(ignore_case = true)]
    pub(crate) sort: SortDirection,
    /// Fail if the list has fewer segments (exit code 3), and replace no file
    #[arg(long, value_name = "N", help_heading = "What to read")]
    #[arg(value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) min_segments: Option<u64>,
    #[command(flatten)]
    pub(crate) output: Output,
    /// Write at most this number of segments; if there are more, the exit code is 3. A walk then
    /// stops reading
    #[arg(long, value_name = "N", help_heading = "Output")]
    #[arg(conflicts_with_all = ["checkpoint", "record", "min_segments"])]
    #[arg(value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) max_items: Option<u64>,
    /// Write rows to standard output as they are read, before the list is proven: only exit code 0
    /// says that it is whole. A segment that is edited meanwhile comes again; its last row counts
    #[arg(long, help_heading = "Output")]
    #[arg(conflicts_with_all = ["checkpoint", "record", "max_items", "workspaces"])]
    pub(crate) stream: bool,
    /// If the export fails, still write the segments that were seen: to standard output, or to
    /// FILE.partial for --output FILE. The exit code is that of the failure
    #[arg(long, help_heading = "Output")]
    pub(crate) keep_partial: bool,
    #[arg(long, value_name = "FILE", help = REPORT, help_heading = "Output")]
    pub(crate) report: Option<PathBuf>,
    /// Write every response to this file as it comes, for segments replay. It holds the names of
    /// segments, and not the key
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    pub(crate) record: Option<PathBuf>,
    /// Save the state of the export in this file as it goes, once a second at most, and resume from
    /// it after an interruption, a failure or a kill. It is removed when the export is done, and,
    /// if this run made it, when resuming cannot help. Output then comes at the end only
    #[arg(long, value_name = "FILE", help_heading = "Limits")]
    pub(crate) checkpoint: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) pace: Pace,
    /// Maximum pages with segments; a longer list is an error
    #[arg(long, value_name = "N", default_value_t = 100_000, help_heading = "Limits")]
    #[arg(value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) max_pages: u32,
    /// Maximum requests, retries included
    #[arg(long, value_name = "N", default_value_t = 1_000_000, help_heading = "Limits")]
    #[arg(value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) max_requests: u64,
    /// Maximum passes through the list, for complete (which takes at least 2) and snapshot
    #[arg(long, value_name = "N", default_value_t = 8, help_heading = "Limits")]
    #[arg(value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) max_passes: u32,
    /// Maximum memory for what is kept of the list, without responses in flight
    #[arg(long, value_name = "SIZE", default_value = "40MiB", value_parser = size)]
    #[arg(help_heading = "Limits")]
    pub(crate) max_memory: usize,
    #[command(flatten)]
    pub(crate) many: Many,
    #[command(flatten)]
    pub(crate) request: PrintRequest,
    #[command(flatten)]
    pub(crate) limits: Limits,
    #[command(flatten)]
    pub(crate) verbosity: Verbosity,
}

impl Export {
    /// The plan that the flags ask for.
    pub(crate) fn plan(&self) -> Plan {
        let mut plan = self.pace.of(self.limits.plan(self.goal));
        plan.sort_direction = self.sort;
        plan.max_pages = self.max_pages;
        plan.max_requests = self.max_requests;
        plan.max_passes = self.max_passes;
        plan.max_memory = self.max_memory;
        plan
    }
}
