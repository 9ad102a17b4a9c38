//! The flags of what is printed to the terminal, which every command has.

use std::ffi::OsString;

use clap::{Args, ColorChoice, ValueEnum};

use super::help::MORE;
use crate::terminal::JsonMessages;

/// How messages look.
#[derive(Debug, Args)]
#[command(next_help_heading = MORE)]
pub(crate) struct Messages {
    /// Colours of tables and help: auto, always or never; NO_COLOR turns them off too
    #[allow(clippy::doc_markdown)]
    #[arg(long, value_name = "WHEN", value_enum, global = true, default_value = "auto")]
    #[arg(hide_possible_values = true, ignore_case = true, hide_default_value = true)]
    color: ColorChoice,
    /// Print the error of a run as text or as one line of JSON
    #[arg(long, value_name = "FORMAT", value_enum, global = true, default_value = "text")]
    #[arg(hide_possible_values = true, ignore_case = true)]
    error_format: MessageFormat,
    /// Print everything on standard error as text or as lines of JSON
    #[arg(long, value_name = "FORMAT", value_enum, global = true, default_value = "text")]
    #[arg(hide_possible_values = true, ignore_case = true)]
    log_format: MessageFormat,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum MessageFormat {
    Text,
    Json,
}

/// What the arguments ask for even if they cannot be read as a whole.
pub(super) fn json_of_args() -> JsonMessages {
    let is_json = |flag| value(flag).is_some_and(|value| value.eq_ignore_ascii_case("json"));
    let log = is_json("--log-format");
    JsonMessages { errors: log || is_json("--error-format"), log }
}

impl Messages {
    pub(crate) fn json(&self) -> JsonMessages {
        let log = self.log_format == MessageFormat::Json;
        JsonMessages { errors: log || self.error_format == MessageFormat::Json, log }
    }
}

/// Decides about colours before anything is printed, the help among it.
pub(super) fn choose_colors() {
    let choice =
        value("--color").and_then(|value| ColorChoice::from_str(value.to_str()?, true).ok());
    match choice {
        Some(ColorChoice::Always) => anstream::ColorChoice::Always.write_global(),
        Some(ColorChoice::Never) => anstream::ColorChoice::Never.write_global(),
        _ => {}
    }
}

/// The value of a flag, whatever is around it.
fn value(flag: &str) -> Option<OsString> {
    let mut args = std::env::args_os().skip(1).take_while(|arg| arg != "--");
    loop {
        let arg = args.next()?;
        if arg == flag {
            return args.next();
        }
        let joined = arg.to_str().and_then(|arg| arg.strip_prefix(flag)?.strip_prefix('='));
        if let Some(value) = joined {
            return Some(value.into());
        }
    }
}
