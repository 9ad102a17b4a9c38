//! The arguments that several commands have.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use clap::{ArgAction, Args};
use segments_core::{Goal, Instance, Plan};

use super::help::{MORE, REPLACE_INVALID_TEXT};
use super::timeouts::Timeouts;
use super::values::{Instances, KeyInArgument, delimiter, key_in_argument};
use crate::output::{Field, Format};
use crate::random::seed;
use crate::terminal::Level;
use crate::text::quantity::{size, time};

/// Where requests go.
#[derive(Debug, Args)]
#[command(next_help_heading = "Where to read")]
pub(crate) struct Connection {
    /// Braze instance: us-01 to us-08, us-10, eu-01, eu-02, au-01, id-01, jp-01, kr-01, or the
    /// address of the dashboard
    #[arg(long, value_name = "NAME", value_parser = Instances, hide_possible_values = true)]
    pub(crate) instance: Option<Instance>,
    #[arg(help = "REST endpoint, such as https://rest.iad-01.braze.com, or the address of a \
                  gateway with its path")]
    #[arg(long, value_name = "URL", conflicts_with = "instance")]
    pub(crate) base_url: Option<OsString>,
    /// Profile of the configuration file [default: default, if the file has it]
    #[arg(long, value_name = "NAME")]
    pub(crate) profile: Option<String>,
    /// File with the API key, or - for standard input
    #[arg(long, value_name = "PATH")]
    pub(crate) api_key_file: Option<PathBuf>,
    /// Command that prints the API key, such as that of a keychain; no shell runs it
    #[arg(long, value_name = "COMMAND", conflicts_with = "api_key_file")]
    pub(crate) api_key_command: Option<String>,
    /// Also trust the certificates in this PEM file
    #[arg(long, value_name = "PEM")]
    pub(crate) ca_file: Option<PathBuf>,
    /// Allow http:// to other machines, which sends the key in plain text
    #[arg(long)]
    pub(crate) allow_insecure_http: bool,
    /// Exists only to be refused: every user of a machine can see its arguments.
    #[arg(long, aliases = ["apikey", "key", "token"], hide = true, num_args = 0..=1)]
    #[arg(allow_hyphen_values = true, default_missing_value = "", value_parser = key_in_argument())]
    pub(crate) api_key: Option<KeyInArgument>,
}

/// What requests may cost.
#[derive(Debug, Args)]
#[command(next_help_heading = "Limits")]
pub(crate) struct Limits {
    #[command(flatten)]
    pub(crate) timeouts: Timeouts,
    /// Maximum attempts for one page, the first included
    #[arg(long, value_name = "N", default_value_t = 5)]
    #[arg(value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) max_attempts: u32,
    /// Longest single wait for a rate limit
    #[arg(long, value_name = "TIME", default_value = "5m", value_parser = time)]
    pub(crate) max_wait: Duration,
    /// Maximum size of a response head
    #[arg(long, value_name = "SIZE", default_value = "64KiB", value_parser = size)]
    pub(crate) max_head: usize,
    /// Maximum size of a response body, such as 512KiB, 1.5MiB, or a number of bytes
    #[arg(long, value_name = "SIZE", default_value = "1536KiB", value_parser = size)]
    pub(crate) max_body: usize,
}

impl Limits {
    /// A plan within them.
    pub(crate) fn plan(&self, goal: Goal) -> Plan {
        let mut plan = Plan::new(goal);
        plan.timeout = self.timeouts.timeout;
        plan.retry.max_attempts = self.max_attempts;
        plan.retry.max_wait = self.max_wait;
        plan.max_head = self.max_head;
        plan.max_body = self.max_body;
        plan.seed = seed();
        plan
    }
}

/// What comes out.
#[derive(Debug, Args)]
#[allow(clippy::struct_excessive_bools)]
#[command(next_help_heading = "Output")]
pub(crate) struct Output {
    /// Write to this file, which appears whole or not at all
    #[arg(long = "output", short = 'o', value_name = "FILE")]
    pub(crate) file: Option<PathBuf>,
    /// table, ndjson, json, csv, tsv, markdown or ids [default: by the name of --output, else
    /// table on a terminal, else ndjson]
    #[arg(long, value_enum, hide_possible_values = true, ignore_case = true)]
    pub(crate) format: Option<Format>,
    /// Only these fields, in this order: id, name, analytics_tracking_enabled, tags
    #[allow(clippy::doc_markdown)]
    #[arg(long, value_name = "NAMES", value_enum, value_delimiter = ',', ignore_case = true)]
    #[arg(hide_possible_values = true)]
    pub(crate) fields: Vec<Field>,
    /// Leave out the names of the fields in CSV, TSV and tables
    #[arg(long)]
    pub(crate) no_headers: bool,
    /// End the lines of CSV and TSV with CR LF, as some programs for Windows ask for
    #[arg(long)]
    pub(crate) crlf: bool,
    /// Do not guard cells of CSV and TSV that a spreadsheet would run as a formula
    #[arg(long)]
    pub(crate) csv_raw: bool,
    /// Begin CSV with a byte order mark, by which Excel recognizes UTF-8
    #[arg(long)]
    pub(crate) csv_bom: bool,
    /// Delimiter of CSV: a comma, ; or | or tab [default: ,]
    #[arg(long, value_name = "CHAR", value_parser = delimiter)]
    pub(crate) csv_delimiter: Option<u8>,
    #[arg(long, help = REPLACE_INVALID_TEXT)]
    pub(crate) replace_invalid_text: bool,
}

/// How much is printed to standard error.
#[derive(Debug, Args)]
#[command(next_help_heading = MORE)]
pub(crate) struct Verbosity {
    /// Log each request with its status and time to standard error
    #[arg(long, short, action = ArgAction::Count, conflicts_with = "quiet")]
    verbose: u8,
    /// Print only warnings and errors
    #[arg(long, short)]
    quiet: bool,
}

impl Verbosity {
    pub(crate) fn level(&self) -> Level {
        match (self.quiet, self.verbose) {
            (true, _) => Level::Quiet,
            (false, 0) => Level::Normal,
            (false, _) => Level::Verbose,
        }
    }
}
