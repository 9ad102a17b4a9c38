//! `segments config`: what counts, and where it comes from.

use std::fmt::Write as _;

use super::print::print;
use crate::args;
use crate::config::{
    ENDPOINT_PLACES, Environment, KEY_PLACES, KeySource, Origin, Setting, Settings, config_file,
    refuse_key_in_argument,
};
use crate::error::CommandError;
use crate::terminal::Console;
use crate::text::escape::escaped;

/// Prints the settings as TOML, or the path of the file.
pub(super) fn run(command: &args::Config, console: &Console) -> Result<(), CommandError> {
    match command {
        args::Config::Show(args) => show(args, console),
        args::Config::Path => {
            let path = config_file().ok_or_else(|| {
                CommandError::usage("there is no home directory", "Set HOME or XDG_CONFIG_HOME")
            })?;
            print(format!("{}\n", path.display()).as_bytes())
        }
    }
}

fn show(args: &args::Show, console: &Console) -> Result<(), CommandError> {
    refuse_key_in_argument(args.connection.api_key.is_some())?;
    let settings = Settings::load(&args.connection, &Environment::read())?;
    if let Some(text) = settings.overridden() {
        console.warn(&text);
    }

    let mut out = String::new();
    let mut line = |name: &str, value: &str, origin: &Origin| {
        let origin = if args.origin { format!("  # {}", described(origin)) } else { String::new() };
        // Writing to a `String` cannot fail.
        let _ = writeln!(out, "{name} = {}{}", escaped(value), escaped(&origin));
    };
    if let Some(Setting { value, origin }) = &settings.profile {
        line("profile", &quoted(value), origin);
    }
    if let Some(Setting { value, origin }) = &settings.endpoint {
        line("base_url", &quoted(&value.to_string()), origin);
    }
    if let Some(Setting { value, origin }) = &settings.key {
        let (name, value) = key_source(value);
        line(name, &value, origin);
    }

    for (name, is_missing, next) in [
        (
            "configuration file",
            settings.file.is_none(),
            "`segments config path` prints where it would be",
        ),
        ("endpoint", settings.endpoint.is_none(), ENDPOINT_PLACES),
        ("key", settings.key.is_none(), KEY_PLACES),
    ] {
        if is_missing {
            let _ = writeln!(out, "# no {name}: {next}");
        }
    }
    print(out.as_bytes())
}

fn described(origin: &Origin) -> String {
    match origin {
        Origin::Profile { line, .. } => format!("{origin}, line {line}"),
        _ => origin.to_string(),
    }
}

/// Where the key is kept. An argument of a command could be a key, or lead to it.
fn key_source(source: &KeySource) -> (&'static str, String) {
    match source {
        KeySource::Variable(name) => ("api_key_env", quoted(name)),
        KeySource::File(path) => ("api_key_file", quoted(&path.display().to_string())),
        KeySource::Command(words) => {
            let words = words.iter().enumerate();
            let shown = words.map(|(at, word)| if at == 0 { quoted(word) } else { quoted("***") });
            ("api_key_command", format!("[{}]", shown.collect::<Vec<_>>().join(", ")))
        }
    }
}

/// A text of JSON is one of TOML.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
