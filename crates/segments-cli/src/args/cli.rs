//! The program's arguments, and how they are read.

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Arg, ArgAction, CommandFactory, FromArgMatches, Parser, Subcommand};

use super::airbyte::Airbyte;
use super::check::Check;
use super::config::Config;
use super::conformance::Conformance;
use super::diff::Diff;
use super::export::Export;
use super::get::Get;
use super::help::{
    AIRBYTE_EXAMPLES, CHECK_EXAMPLES, CONFORMANCE_EXAMPLES, DIFF_EXAMPLES, EXAMPLES,
    EXPORT_EXAMPLES, FAULTS, GET_EXAMPLES, MORE, REPLAY_EXAMPLES, SERVE_EXAMPLES, SYNC_EXAMPLES,
    TAP_EXAMPLES, TEMPLATE, VERDICTS, WATCH_EXAMPLES, after, after_export,
};
use super::replay::Replay;
use super::serve::Serve;
use super::sync::{Sync, Watch};
use super::tap::Tap;
use super::terminal::{Messages, choose_colors, json_of_args};
use crate::error::{self, CommandError, Exit};
use crate::terminal::{Console, Level};

/// Exports the list of segments of a Braze workspace: all of it, or an error that says what is wrong
#[derive(Debug, Parser)]
#[command(name = "segments", version, before_help = EXAMPLES, after_help = after())]
#[command(help_template = TEMPLATE, disable_help_flag = true)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
    #[command(flatten)]
    pub(crate) messages: Messages,
    /// Print help
    #[arg(long, short, global = true, action = ArgAction::HelpShort, help_heading = MORE)]
    help: Option<bool>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Export the whole list
    #[command(help_template = TEMPLATE, before_help = EXPORT_EXAMPLES)]
    #[command(after_help = after_export())]
    Export(Box<Export>),
    /// Send one request, to check the key, the quota and the clock
    #[command(help_template = TEMPLATE, before_help = CHECK_EXAMPLES, after_help = after())]
    Check(Box<Check>),
    /// Read one page of the list
    #[command(help_template = TEMPLATE, before_help = GET_EXAMPLES, after_help = after())]
    Get(Box<Get>),
    /// Export what has changed since the last run
    #[command(help_template = TEMPLATE, before_help = SYNC_EXAMPLES, after_help = after())]
    Sync(Box<Sync>),
    /// Run sync again and again
    #[command(help_template = TEMPLATE, before_help = WATCH_EXAMPLES, after_help = after())]
    Watch(Box<Watch>),
    /// Print what has changed between two exported lists
    #[command(help_template = TEMPLATE, before_help = DIFF_EXAMPLES, after_help = error::table())]
    Diff(Diff),
    /// Repeat a recorded export from its record, without a network
    #[command(help_template = TEMPLATE, before_help = REPLAY_EXAMPLES)]
    #[command(after_help = error::table())]
    Replay(Box<Replay>),
    /// Show the settings that apply, and where the configuration file is
    #[command(subcommand)]
    Config(Config),
    /// Print the JSON Schema of an exported segment, or of a change
    Schema {
        /// Print the schema of a change, as sync, watch and diff write it
        #[arg(long)]
        events: bool,
    },
    /// Run as a Singer tap, for Meltano and others
    #[command(help_template = TEMPLATE, before_help = TAP_EXAMPLES, after_help = error::table())]
    Tap(Tap),
    /// Run as an Airbyte source
    #[command(subcommand, help_template = TEMPLATE)]
    #[command(before_help = AIRBYTE_EXAMPLES, after_help = error::table())]
    Airbyte(Airbyte),
    /// Serve an emulated workspace on this machine, with a page for a browser
    #[command(help_template = TEMPLATE, before_help = SERVE_EXAMPLES, after_help = FAULTS)]
    Serve(Serve),
    /// Test another client against faults of the endpoint
    #[command(help_template = TEMPLATE, before_help = CONFORMANCE_EXAMPLES, after_help = VERDICTS)]
    Conformance(Conformance),
    /// Print a completion script for a shell
    Completions { shell: clap_complete::Shell },
    /// Print the manual page
    Man,
    /// Print the version
    Version {
        /// Print it as JSON, with the platform
        #[arg(long)]
        json: bool,
    },
}

/// Reads the command line.
pub(crate) fn parse() -> Result<Cli, clap::Error> {
    choose_colors();
    let mut command = Cli::command().mut_subcommands(|command| command.mut_args(allow_minus));
    let matches = command.try_get_matches_from_mut(std::env::args_os())?;
    Cli::from_arg_matches(&matches).map_err(|error| error.format(&mut command))
}

/// Whether a command has a flag: `has_flag("sync", "--deadline")`.
pub(crate) fn has_flag(command: &str, flag: &str) -> bool {
    let cli = Cli::command();
    let arguments = cli.find_subcommand(command).into_iter().flat_map(clap::Command::get_arguments);
    let mut names = arguments.filter_map(clap::Arg::get_long);
    names.any(|name| flag.strip_prefix("--") == Some(name))
}

/// Lets the value of a flag begin with a minus: in `--page -1` that is a wrong number, not a flag.
fn allow_minus(arg: Arg) -> Arg {
    let name = arg.get_value_names().and_then(|names| names.first()).map(ToString::to_string);
    match name.as_deref() {
        Some("N") => arg.allow_negative_numbers(true),
        Some("TIME" | "SIZE") => arg.allow_hyphen_values(true),
        _ => arg,
    }
}

/// Prints what is wrong with the command line, or the help that was asked for.
pub(crate) fn refuse(error: &clap::Error) -> Exit {
    let json = json_of_args();
    let console = Console::new(Level::Normal, json);

    if let Some(message) = may_hold_key(error) {
        let advice = "see --help; a key goes into BRAZE_API_KEY or --api-key-file";
        console.error(&CommandError::usage(message, advice));
    } else if json.errors && error.use_stderr() {
        let text = error.render().to_string();
        let message = text.lines().next().unwrap_or_default().trim_start_matches("error: ");
        let meant = meant(error).map(|meant| format!("did you mean `{meant}`?"));
        console.error(&CommandError::usage(message, meant.as_deref().unwrap_or("see --help")));
    } else {
        // If even that cannot be written, the exit code says it.
        let _ = error.print();
    }
    if error.use_stderr() { Exit::Usage } else { Exit::Done }
}

/// What to say in place of an error that would repeat a word which no flag announces, and which may be
/// a key that was pasted there.
fn may_hold_key(error: &clap::Error) -> Option<&'static str> {
    match (error.kind(), error.get(ContextKind::InvalidArg)) {
        (ErrorKind::UnknownArgument, Some(ContextValue::String(unknown))) => {
            (!unknown.starts_with('-')).then_some("an argument belongs to no flag")
        }
        (ErrorKind::InvalidSubcommand, _) if meant(error).is_none() => {
            Some("there is no such command")
        }
        _ => None,
    }
}

/// The word that is most like the one that is wrong.
fn meant(error: &clap::Error) -> Option<&str> {
    let kinds =
        [ContextKind::SuggestedSubcommand, ContextKind::SuggestedArg, ContextKind::SuggestedValue];
    kinds.into_iter().find_map(|kind| match error.get(kind)? {
        ContextValue::String(meant) => Some(meant.as_str()),
        ContextValue::Strings(meant) => meant.first().map(String::as_str),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use segments_core::Plan;

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
