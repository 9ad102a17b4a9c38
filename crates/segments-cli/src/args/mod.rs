//! The command line.

pub(crate) mod help;
pub(crate) mod listen;

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;
use std::time::Duration;

use clap::builder::{
    OsStringValueParser, PossibleValue, PossibleValuesParser, StringValueParser, TypedValueParser,
};
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Arg, ArgAction, Args, CommandFactory, FromArgMatches, Parser, Subcommand};
use segments_core::{Goal, Instance, Plan, SortDirection};
use segments_emulator::Workspace;

use crate::args::help::{EXAMPLES, EXPORT_EXAMPLES, GET_EXAMPLES, MORE, SERVE_EXAMPLES, TEMPLATE};
use crate::args::help::{after, after_export};
use crate::args::listen::Listen;
use crate::error::{CommandError, Exit};
use crate::output::Format;
use crate::terminal::console::Console;
use crate::text::quantity::{size, some_time, time};

/// Reads the list of segments out of Braze: the whole list, or exactly what is wrong.
#[derive(Debug, Parser)]
#[command(name = "segments", version, before_help = EXAMPLES, after_help = after())]
#[command(help_template = TEMPLATE, disable_help_flag = true)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
    /// Print this
    #[arg(long, short, global = true, action = ArgAction::HelpShort, help_heading = MORE)]
    help: Option<bool>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Read the whole list
    #[command(help_template = TEMPLATE, before_help = EXPORT_EXAMPLES)]
    #[command(after_help = after_export())]
    Export(Box<Export>),
    /// Read one page
    #[command(help_template = TEMPLATE, before_help = GET_EXAMPLES, after_help = after())]
    Get(Box<Get>),
    /// Serve an emulated workspace on this machine
    #[command(help_template = TEMPLATE, before_help = SERVE_EXAMPLES)]
    Serve(Serve),
    /// Print a completion script
    #[command(hide = true)]
    Completions { shell: clap_complete::Shell },
    /// Print the manual page
    #[command(hide = true)]
    Man,
}

#[derive(Debug, Args)]
pub(crate) struct Export {
    #[command(flatten)]
    pub(crate) connection: Connection,
    /// 250 sample segments from an emulator inside this process: no key, no network
    #[arg(long, help_heading = "Where to read")]
    #[arg(conflicts_with_all = ["base_url", "instance", "api_key_file", "ca_file", "checkpoint"])]
    pub(crate) demo: bool,
    /// What to promise: complete, snapshot or walk, see below
    #[arg(long, default_value_t, value_parser = goals(), help_heading = "What to read")]
    #[arg(hide_possible_values = true, ignore_case = true)]
    pub(crate) goal: Goal,
    /// Oldest (asc) or newest (desc) first, by time of creation
    #[arg(long, value_name = "ORDER", hide_possible_values = true)]
    #[arg(default_value = "asc", value_parser = orders(), help_heading = "What to read")]
    #[arg(ignore_case = true)]
    pub(crate) sort: SortDirection,
    /// A list of fewer segments is an error (exit code 3), and replaces no file
    #[arg(long, value_name = "N", help_heading = "What to read")]
    #[arg(value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) min_segments: Option<u64>,
    #[command(flatten)]
    pub(crate) output: Output,
    /// Write what was seen also when the export fails: to standard output, or to FILE.partial
    /// for --output FILE. The exit code stays that of the failure
    #[arg(long, help_heading = "Output")]
    pub(crate) keep_partial: bool,
    /// Also write what was done and proven, as JSON, and also when the export fails
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    pub(crate) report: Option<PathBuf>,
    /// Save the export in this file as it goes, every second at most, and go on from it if it is
    /// there, after a stop, a failure or a kill. Nothing stays of one whose pages prove nothing
    /// (exit code 3) or make no sense; a finished one removes it. All output then comes at the end
    #[arg(long, value_name = "FILE", help_heading = "Limits")]
    pub(crate) checkpoint: Option<PathBuf>,
    /// Longest time for the whole export
    #[arg(long, value_name = "TIME", value_parser = some_time, help_heading = "Limits")]
    pub(crate) deadline: Option<Duration>,
    /// Most requests in flight, up to 256
    #[arg(long, value_name = "N", default_value_t = 4, help_heading = "Limits")]
    #[arg(value_parser = clap::value_parser!(u16).range(1..=i64::from(Plan::MAX_WINDOW)))]
    pub(crate) window: u16,
    /// Most pages with segments; a list that has more is an error
    #[arg(long, value_name = "N", default_value_t = 100_000, help_heading = "Limits")]
    #[arg(value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) max_pages: u32,
    /// Most requests, those that failed included
    #[arg(long, value_name = "N", default_value_t = 1_000_000, help_heading = "Limits")]
    #[arg(value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) max_requests: u64,
    /// Most passes through the list, for the goals that prove something; complete takes 2 at least
    #[arg(long, value_name = "N", default_value_t = 8, help_heading = "Limits")]
    #[arg(value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) max_passes: u32,
    /// Most memory for what must be kept of the list, answers under way not counted
    #[arg(long, value_name = "SIZE", default_value = "40MiB", value_parser = size)]
    #[arg(help_heading = "Limits")]
    pub(crate) max_memory: usize,
    #[command(flatten)]
    pub(crate) limits: Limits,
    #[command(flatten)]
    pub(crate) talk: Verbosity,
}

impl Export {
    /// How to go about it.
    pub(crate) fn plan(&self) -> Plan {
        let mut plan = self.limits.plan(self.goal);
        plan.sort_direction = self.sort;
        plan.window = self.window;
        plan.deadline = self.deadline;
        plan.max_pages = self.max_pages;
        plan.max_requests = self.max_requests;
        plan.max_passes = self.max_passes;
        plan.max_memory = self.max_memory;
        plan
    }
}

#[derive(Debug, Args)]
pub(crate) struct Get {
    #[command(flatten)]
    pub(crate) connection: Connection,
    /// Which page, counted from 0
    #[arg(long, value_name = "N", default_value_t = 0, help_heading = "What to read")]
    pub(crate) page: u32,
    /// Oldest (asc) or newest (desc) first; the server's own order if not given
    #[arg(long, value_name = "ORDER", hide_possible_values = true, value_parser = orders())]
    #[arg(help_heading = "What to read", ignore_case = true)]
    pub(crate) sort: Option<SortDirection>,
    #[command(flatten)]
    pub(crate) output: Output,
    #[command(flatten)]
    pub(crate) limits: Limits,
    #[command(flatten)]
    pub(crate) talk: Verbosity,
}

/// Where requests go.
#[derive(Debug, Args)]
#[command(next_help_heading = "Where to read")]
pub(crate) struct Connection {
    /// Braze instance: us-01 to us-08, us-10, eu-01, eu-02, au-01, id-01, jp-01, kr-01, or the
    /// dashboard's address
    #[arg(long, value_name = "NAME", value_parser = Instances, hide_possible_values = true)]
    pub(crate) instance: Option<Instance>,
    #[arg(help = "REST endpoint, such as https://rest.iad-01.braze.com, or a gateway's address \
                  with its path")]
    #[arg(long, value_name = "URL", conflicts_with = "instance")]
    pub(crate) base_url: Option<OsString>,
    /// File with the API key, or - for standard input
    #[arg(long, value_name = "PATH")]
    pub(crate) api_key_file: Option<PathBuf>,
    /// Trust the certificates in this PEM file too
    #[arg(long, value_name = "PEM")]
    pub(crate) ca_file: Option<PathBuf>,
    /// Send the key in plain text to a host that is not this machine
    #[arg(long)]
    pub(crate) allow_insecure_http: bool,
    /// Taken only to say that it is not: an argument is visible to every user of a machine.
    #[arg(long, aliases = ["apikey", "key", "token"], hide = true, num_args = 0..=1)]
    #[arg(allow_hyphen_values = true, default_missing_value = "", value_parser = spilled())]
    pub(crate) api_key: Option<Spilled>,
}

/// What requests may take, and how they travel.
#[derive(Debug, Args)]
#[command(next_help_heading = "Limits")]
pub(crate) struct Limits {
    /// Longest time for one try, such as 500ms, 10s, 2m, 1h30m
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = some_time)]
    pub(crate) timeout: Duration,
    /// Most tries of one page, the first included
    #[arg(long, value_name = "N", default_value_t = 5)]
    #[arg(value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) max_attempts: u32,
    /// Longest single wait for a rate limit
    #[arg(long, value_name = "TIME", default_value = "5m", value_parser = time)]
    pub(crate) max_wait: Duration,
    /// Longest head of an answer
    #[arg(long, value_name = "SIZE", default_value = "64KiB", value_parser = size)]
    pub(crate) max_head: usize,
    /// Longest body of an answer, such as 512KiB, 1.5MiB, or a number of bytes
    #[arg(long, value_name = "SIZE", default_value = "1536KiB", value_parser = size)]
    pub(crate) max_body: usize,
}

impl Limits {
    /// A plan within them.
    pub(crate) fn plan(&self, goal: Goal) -> Plan {
        let mut plan = Plan::new(goal);
        plan.timeout = self.timeout;
        plan.retry.max_attempts = self.max_attempts;
        plan.retry.max_wait = self.max_wait;
        plan.max_head = self.max_head;
        plan.max_body = self.max_body;
        plan.seed = crate::random::seed();
        plan
    }
}

/// What comes out.
#[derive(Debug, Args)]
#[command(next_help_heading = "Output")]
pub(crate) struct Output {
    /// Write to this file, which appears whole or not at all
    #[arg(long = "output", short = 'o', value_name = "FILE")]
    pub(crate) file: Option<PathBuf>,
    /// table, ndjson, json, csv or tsv [default: by the name of --output, else table on a
    /// terminal, else ndjson]
    #[arg(long, value_enum, hide_possible_values = true, ignore_case = true)]
    pub(crate) format: Option<Format>,
    /// Leave cells of CSV and TSV alone that a spreadsheet would run as a formula
    #[arg(long)]
    pub(crate) csv_raw: bool,
    /// Begin CSV with a byte order mark, by which Excel knows UTF-8
    #[arg(long)]
    pub(crate) csv_bom: bool,
    /// What separates cells of CSV: a comma, ; or | or tab [default: ,]
    #[arg(long, value_name = "CHAR", value_parser = delimiter)]
    pub(crate) csv_delimiter: Option<u8>,
    /// Read names and tags that hold half an emoji or other invalid text, with U+FFFD in its place;
    /// the report counts them
    #[arg(long)]
    pub(crate) replace_invalid_text: bool,
}

/// What is said on standard error.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = MORE)]
pub(crate) struct Verbosity {
    /// Say each request, its status and its time on standard error
    #[arg(long, short, action = ArgAction::Count)]
    pub(crate) verbose: u8,
    /// Say nothing but warnings and errors
    #[arg(long, short)]
    pub(crate) quiet: bool,
}

/// The most sample segments: they take some 400 MB.
const MAX_SAMPLE: usize = 1_000_000;

#[derive(Debug, Args)]
pub(crate) struct Serve {
    /// Address or name, and port; port 0 takes a free one
    #[arg(long, value_name = "HOST:PORT", default_value = "127.0.0.1:8080")]
    pub(crate) listen: Listen,
    /// Let other machines in when --listen is no loopback address
    #[arg(long)]
    pub(crate) allow_remote: bool,
    /// How many sample segments, at most 1000000
    #[arg(long, value_name = "N", default_value_t = 250, conflicts_with = "load")]
    #[arg(value_parser = sample_count, allow_negative_numbers = true)]
    pub(crate) segments: usize,
    /// Segments from a file: a JSON array, NDJSON, or a saved page
    #[arg(long, value_name = "FILE")]
    pub(crate) load: Option<PathBuf>,
    /// Faults from a file: a JSON array of rules
    #[arg(long, value_name = "FILE")]
    pub(crate) faults: Option<PathBuf>,
    /// Requests that are answered in each hour of the clock, as Braze limits them; a load test wants
    /// more
    #[arg(long, value_name = "N", default_value_t = Workspace::RATE_LIMIT)]
    #[arg(allow_negative_numbers = true)]
    pub(crate) rate_limit: u64,
    /// File with the key to accept, or `-` for standard input; a new one is made if not given
    #[arg(long, value_name = "PATH")]
    pub(crate) api_key_file: Option<PathBuf>,
    /// Taken only to say that it is not.
    #[arg(long, aliases = ["apikey", "key", "token"], hide = true, num_args = 0..=1)]
    #[arg(allow_hyphen_values = true, default_missing_value = "", value_parser = spilled())]
    pub(crate) api_key: Option<Spilled>,
}

/// A key that stood in an argument. It is not kept.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Spilled;

/// Reads the command line.
pub(crate) fn parse() -> Result<Cli, clap::Error> {
    let mut command = Cli::command().mut_subcommands(|command| command.mut_args(any_sign));
    let matches = command.try_get_matches_from_mut(std::env::args_os())?;
    Cli::from_arg_matches(&matches).map_err(|error| error.format(&mut command))
}

/// Lets the value of a flag begin with a minus: `--page -1` is a wrong number, and `-1` no flag.
fn any_sign(arg: Arg) -> Arg {
    let name = arg.get_value_names().and_then(|names| names.first()).map(ToString::to_string);
    match name.as_deref() {
        Some("N") => arg.allow_negative_numbers(true),
        Some("TIME" | "SIZE") => arg.allow_hyphen_values(true),
        _ => arg,
    }
}

/// Says what is wrong with the command line, or the help that was asked for.
pub(crate) fn refuse(error: &clap::Error) -> Exit {
    let unknown = match error.get(ContextKind::InvalidArg) {
        Some(ContextValue::String(unknown)) if error.kind() == ErrorKind::UnknownArgument => {
            unknown
        }
        _ => "-",
    };
    if unknown.starts_with('-') {
        // If even that cannot be written, the exit code says it.
        let _ = error.print();
    } else {
        // It may be a key that was pasted without its flag.
        let what = "an argument belongs to no flag";
        let advice = "see --help; a key goes into BRAZE_API_KEY or --api-key-file";
        let console = Console::new(&Verbosity::default());
        console.error(&CommandError::usage(what, advice));
    }
    if error.use_stderr() { Exit::Usage } else { Exit::Done }
}

fn spilled() -> impl TypedValueParser<Value = Spilled> {
    OsStringValueParser::new().map(|_| Spilled)
}

fn goals() -> impl TypedValueParser<Value = Goal> {
    let names = PossibleValuesParser::new(["complete", "snapshot", "walk"]);
    names.try_map(|name| name.to_ascii_lowercase().parse::<Goal>())
}

fn orders() -> impl TypedValueParser<Value = SortDirection> {
    let names = PossibleValuesParser::new(["asc", "desc"]);
    names.try_map(|name| name.to_ascii_lowercase().parse::<SortDirection>())
}

/// Takes more than the names, and offers the names to shells.
#[derive(Debug, Clone, Copy)]
struct Instances;

impl TypedValueParser for Instances {
    type Value = Instance;

    fn parse_ref(
        &self,
        command: &clap::Command,
        arg: Option<&Arg>,
        value: &OsStr,
    ) -> Result<Instance, clap::Error> {
        let parser = StringValueParser::new().try_map(|text| text.parse::<Instance>());
        parser.parse_ref(command, arg, value)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        let names = Instance::ALL.iter().map(|instance| PossibleValue::new(instance.name()));
        Some(Box::new(names))
    }
}

/// Those that no cell of ours begins with and no number holds.
fn delimiter(text: &str) -> Result<u8, &'static str> {
    match text {
        "," | ";" | "|" | "\t" => Ok(text.as_bytes()[0]),
        "tab" | "TAB" | "\\t" => Ok(b'\t'),
        _ => Err("write ',' or ';' or '|' or tab"),
    }
}

fn sample_count(text: &str) -> Result<usize, String> {
    let count = text.parse().ok().filter(|count| *count <= MAX_SAMPLE);
    count.ok_or_else(|| format!("write a number from 0 to {MAX_SAMPLE}, or use --load FILE"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_definition_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn the_limits_are_those_of_a_plan() {
        let cli = Cli::try_parse_from(["segments", "export"]).unwrap();
        let Command::Export(args) = cli.command else { panic!("an export") };
        let (mut plan, expected) = (args.plan(), Plan::default());
        plan.seed = expected.seed;
        assert_eq!(plan, expected);
    }
}
