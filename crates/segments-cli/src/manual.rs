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
    let (export, get) = (command("export"), command("get"));
    let mut table = "| `export` | flags (defaults) |\n|---|---|\n".to_owned();
    for (heading, group) in groups(&export) {
        writeln!(table, "| {heading} | {} |", group.join(", ")).unwrap();
    }
    check("export", &table);

    let of_export: Vec<_> = flags(&export).map(usage).collect();
    let own = flags(&get).map(usage).filter(|flag| !of_export.contains(flag)).collect::<Vec<_>>();
    let not_in_get =
        flags(&export).filter(|arg| flags(&get).all(|of_get| of_get.get_id() != arg.get_id()));
    let missing = not_in_get.map(|arg| format!("`--{}`", arg.get_long().unwrap()));
    let missing = missing.collect::<Vec<_>>().join(", ");
    check("get", &format!("`get` has {}, and not {missing}.\n", own.join(", ")));

    for name in ["sync", "watch", "replay"] {
        let of_command = command(name);
        let is_shared =
            |arg: &&Arg| flags(&export).any(|of_export| of_export.get_id() == arg.get_id());
        let own: Vec<_> = flags(&of_command).filter(|arg| !is_shared(arg)).map(usage).collect();
        let shared = flags(&of_command).filter(is_shared);
        let shared = shared.map(|arg| format!("`--{}`", arg.get_long().unwrap()));
        let (own, shared) = (own.join(", "), shared.collect::<Vec<_>>().join(", "));
        let own = if own.is_empty() { own } else { format!("{own}, and ") };
        check(name, &format!("`{name}` has {own}of `export` {shared}.\n"));
    }

    for name in ["diff", "tap", "serve", "conformance"] {
        let of_command = command(name);
        let named = flags(&of_command).filter(|arg| arg.get_long().is_some());
        let named = named.map(usage).collect::<Vec<_>>().join(", ");
        check(name, &format!("`{name}` has {named}.\n"));
    }
}

#[test]
fn the_exit_codes_of_the_manual_are_those_of_the_program() {
    let mut table = "| code | meaning |\n|---|---|\n".to_owned();
    for (exit, meaning) in CODES {
        writeln!(table, "| {} | {meaning} |", exit as u8).unwrap();
    }
    check("exit codes", &table);
}
