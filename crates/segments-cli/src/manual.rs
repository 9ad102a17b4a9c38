//! The tables of `docs/cli.md`, out of the definition of the command line.
//!
//! `SEGMENTS_WRITE_GOLDEN=1 cargo test --package segments-cli --lib manual` writes them again.

use std::fmt::Write as _;
use std::fs;
use std::sync::{Mutex, PoisonError};

use clap::{Arg, Command, CommandFactory};

use crate::args::Cli;
use crate::error::CODES;

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/cli.md");

/// The commands besides `export` that have flags of their own.
const WITH_FLAGS: [&str; 9] =
    ["check", "get", "sync", "watch", "diff", "tap", "serve", "conformance", "schema"];

/// Panics unless this is the table between the marks of this name.
fn check(name: &str, table: &str) {
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let _one = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);

    let [begin, end] = ["begin", "end"].map(|mark| format!("<!-- {name}: {mark} -->\n"));
    let text = fs::read_to_string(FILE).unwrap();
    let (before, rest) = text.split_once(&begin).unwrap();
    let (kept, after) = rest.split_once(&end).unwrap();

    if std::env::var_os("SEGMENTS_WRITE_GOLDEN").is_some() {
        fs::write(FILE, [before, &begin, table, &end, after].concat()).unwrap();
    } else {
        assert_eq!(kept, table, "docs/cli.md, {name}: see the first lines of this test");
    }
}

fn command(name: &str) -> Command {
    let mut cli = Cli::command();
    cli.build();
    cli.find_subcommand(name).unwrap().clone()
}

fn flags(command: &Command) -> impl Iterator<Item = &Arg> {
    command.get_arguments().filter(|arg| !arg.is_hide_set() && arg.get_long().is_some())
}

/// `--output FILE`, or with its default: `--window N` (4).
fn usage(arg: &Arg) -> String {
    let takes_value = arg.get_action().takes_values();
    let value = arg.get_value_names().filter(|_| takes_value).map(|names| format!(" {}", names[0]));
    let flag = format!("`--{}{}`", arg.get_long().unwrap(), value.unwrap_or_default());

    let default = arg.get_default_values().first().and_then(|value| value.to_str());
    match default.filter(|_| takes_value) {
        Some(default) => format!("{flag} ({default})"),
        None => flag,
    }
}

/// The flags by their headings.
fn groups(command: &Command) -> Vec<(String, Vec<String>)> {
    let mut groups: Vec<(String, Vec<String>)> = Vec::new();
    for arg in flags(command) {
        let heading = arg.get_help_heading().unwrap_or("Options");
        match groups.iter_mut().find(|(known, _)| known == heading) {
            Some((_, group)) => group.push(usage(arg)),
            None => groups.push((heading.to_owned(), vec![usage(arg)])),
        }
    }
    groups
}

#[test]
fn the_flags_of_the_manual_are_those_of_the_program() {
    let export = command("export");
    let mut table = "| `export` | flags (defaults) |\n|---|---|\n".to_owned();
    for (heading, group) in groups(&export) {
        writeln!(table, "| {heading} | {} |", group.join(", ")).unwrap();
    }
    check("export", &table);

    // Of the other commands only what an export does not have, or what means something else there.
    let meaning = |arg: &Arg| (usage(arg), arg.get_help().map(ToString::to_string));
    let of_export: Vec<_> = flags(&export).map(meaning).collect();
    let mut table = "| command | flags that are its own, or mean something else there (defaults) |\n|---|---|\n".to_owned();
    for name in WITH_FLAGS {
        let of_command = command(name);
        let own = flags(&of_command).filter(|arg| !of_export.contains(&meaning(arg))).map(usage);
        let own = own.collect::<Vec<_>>().join(", ").replace('|', "\\|");
        assert!(!own.is_empty(), "{name}");
        writeln!(table, "| `{name}` | {own} |").unwrap();
    }
    check("commands", &table);
}

#[test]
fn the_exit_codes_of_the_manual_are_those_of_the_program() {
    let mut table = "| code | meaning |\n|---|---|\n".to_owned();
    for (exit, meaning) in CODES {
        writeln!(table, "| {} | {meaning} |", exit as u8).unwrap();
    }
    check("exit codes", &table);
}
