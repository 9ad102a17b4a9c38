//! The arguments of `segments conformance`.

use std::ffi::OsString;
use std::time::Duration;

use clap::{Args, ValueEnum};
use segments_conformance::{Case, Suite};

use super::values::jobs;
use crate::text::quantity::nonzero_time;

#[derive(Debug, Args)]
pub(crate) struct Conformance {
    /// Run this case only; may be repeated
    #[arg(long = "case", value_name = "NAME", value_parser = case)]
    pub(crate) cases: Vec<Case>,
    /// table or json
    #[arg(long, value_enum, default_value = "table", hide_possible_values = true)]
    #[arg(ignore_case = true)]
    pub(crate) format: TableFormat,
    /// Kill the command after this time, such as 30s or 2m
    #[arg(long, value_name = "TIME", default_value = "60s", value_parser = nonzero_time)]
    pub(crate) timeout: Duration,
    /// Cases at a time; 1 for a command that keeps files of its own
    #[arg(long, value_name = "N", default_value_t = Suite::JOBS as u16)]
    #[arg(value_parser = jobs())]
    pub(crate) jobs: u16,
    /// List the cases, and run nothing
    #[arg(long)]
    pub(crate) list: bool,
    /// The client and its arguments; no shell is involved
    #[arg(last = true, value_name = "COMMAND", required_unless_present = "list")]
    pub(crate) command: Vec<OsString>,
}

/// How the findings are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum TableFormat {
    /// A line for each, as soon as it is there.
    Table,
    /// An array of objects, at the end.
    Json,
}

fn case(name: &str) -> Result<Case, &'static str> {
    Case::named(name).ok_or("no such case; segments conformance --list names them")
}
