//! `segments man`: one page for the program and all its commands.

use std::io::{self, Write};

use clap::{Command, CommandFactory};
use clap_mangen::Man;
use clap_mangen::roff::{Roff, bold, roman};

use super::print::print;
use crate::args::{Cli, VARIABLES, own_notes};
use crate::error::{CODES, CommandError, RETRIES};

/// Prints the page.
pub(super) fn run() -> Result<(), CommandError> {
    let page = page().map_err(|error| CommandError::stream_failed("the manual page", &error))?;
    print(&page)
}

fn page() -> io::Result<Vec<u8>> {
    let mut page = Vec::new();
    let man = Man::new(Cli::command());
    man.render_title(&mut page)?;
    man.render_name_section(&mut page)?;

    // Not built: a built command would repeat the flags of all commands in each.
    let program = Cli::command();
    let mut roff = Roff::new();
    roff.control("SH", ["SYNOPSIS"]);
    roff.text([bold("segments"), roman(" COMMAND [FLAGS]")]);
    verbatim(&mut roff, &text(program.get_before_help()));
    terms(&mut roff, "COMMANDS", program.get_subcommands().map(|c| (c.get_name(), about(c))));
    write!(page, "{}", roff.to_roff())?;

    let mut shared = Vec::new();
    Man::new(program.clone()).render_options_section(&mut shared)?;
    page.extend(shared);

    let mut roff = Roff::new();
    let codes = CODES.map(|(exit, meaning)| ((exit as u8).to_string(), meaning.to_owned()));
    terms(&mut roff, "EXIT CODES", codes);
    roff.control("PP", []);
    roff.text([roman(RETRIES)]);
    terms(&mut roff, "ENVIRONMENT", VARIABLES.map(|(name, meaning)| (name, meaning.to_owned())));
    write!(page, "{}", roff.to_roff())?;

    sections(&mut page, "segments", &program)?;
    Ok(page)
}

/// A section for each command below this one, whose full name is `parent`.
fn sections(page: &mut Vec<u8>, parent: &str, above: &Command) -> io::Result<()> {
    for command in above.get_subcommands() {
        let name = format!("{parent} {}", command.get_name());
        let mut command = command.clone().bin_name(&name).disable_help_flag(true);
        command = command.disable_help_subcommand(true);

        let usage = command.render_usage().to_string();
        let mut roff = Roff::new();
        roff.control("SH", [name.to_uppercase().as_str()]);
        roff.text([roman(about(&command) + ".")]);
        verbatim(&mut roff, &usage);
        verbatim(&mut roff, &text(command.get_before_help()));
        write!(page, "{}", roff.to_roff())?;

        let mut flags = Vec::new();
        Man::new(command.clone()).render_options_section(&mut flags)?;
        let flags = String::from_utf8_lossy(&flags).replace("\n.SH ", "\n.SS ");
        page.extend(flags.as_bytes());

        let mut roff = Roff::new();
        verbatim(&mut roff, own_notes(&text(command.get_after_help())));
        write!(page, "{}", roff.to_roff())?;

        sections(page, &name, &command)?;
    }
    Ok(())
}

fn text(help: Option<&clap::builder::StyledStr>) -> String {
    help.map(ToString::to_string).unwrap_or_default()
}

fn about(command: &Command) -> String {
    text(command.get_about())
}

/// Lines as they are.
fn verbatim(roff: &mut Roff, lines: &str) {
    if lines.is_empty() {
        return;
    }

    roff.control("PP", []).control("nf", []);
    for line in lines.lines() {
        roff.text([roman(line)]);
    }
    roff.control("fi", []);
}

/// A section of names with their meanings.
fn terms<N: Into<String>>(
    roff: &mut Roff,
    heading: &str,
    terms: impl IntoIterator<Item = (N, String)>,
) {
    roff.control("SH", [heading]);
    for (name, meaning) in terms {
        roff.control("TP", []);
        roff.text([bold(name)]);
        roff.text([roman(meaning)]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Columns of a terminal of 80 that `man` leaves to a text.
    const WIDTH: usize = 71;

    #[test]
    fn the_page_has_every_flag_of_every_command() {
        let page = String::from_utf8(page().unwrap()).unwrap();
        let sections: Vec<&str> = page.split("\n.SH ").collect();

        for command in Cli::command().get_subcommands() {
            let heading = format!("\"SEGMENTS {}\"\n", command.get_name().to_uppercase());
            let section = sections.iter().find(|section| section.starts_with(&heading)).unwrap();
            let shown = command.get_arguments().filter(|arg| !arg.is_hide_set());
            for flag in shown.filter_map(clap::Arg::get_long) {
                let flag = format!("\\-\\-{}", flag.replace('-', "\\-"));
                assert!(section.contains(&flag), "{heading} {flag}");
            }
        }
        assert!(sections.iter().any(|section| section.starts_with("\"SEGMENTS AIRBYTE READ\"")));
    }

    #[test]
    fn the_page_names_no_other_page() {
        let page = String::from_utf8(page().unwrap()).unwrap();
        assert!(!page.contains("(1)"), "{page}");
        assert!(!page.contains("\\-\\-help, \\-\\-help"), "{page}");
    }

    #[test]
    fn what_is_not_filled_fits_a_terminal() {
        let page = String::from_utf8(page().unwrap()).unwrap();
        for block in page.split("\n.nf\n").skip(1) {
            for line in block.split("\n.fi").next().unwrap().lines() {
                let line = line.replace("\\-", "-");
                assert!(line.len() <= WIDTH, "{} columns: {line}", line.len());
            }
        }
    }
}
