//! The console examples of a document, run as they are typed.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Result, ensure};
use pulldown_cmark::{CodeBlockKind, Event, Parser, Tag, TagEnd};

/// A command, and what it prints to standard output.
#[derive(Debug, Default, PartialEq, Eq)]
struct Example {
    command: String,
    output: String,
}

/// Runs all of a document, one after the other, in a new folder.
pub(super) fn run(document: &Path, folder: &Path, programs: &[PathBuf]) -> Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder)?;
    }
    fs::create_dir_all(folder)?;
    let path = path(programs)?;

    for example in examples(&fs::read_to_string(document)?) {
        println!("$ {}", example.command.trim_end());
        let mut bash = Command::new("bash");
        bash.args(["-o", "errexit", "-c", &example.command]).env("PATH", &path);
        bash.current_dir(folder).stdin(Stdio::null()).stderr(Stdio::inherit());

        let output = bash.output()?;
        let printed = String::from_utf8_lossy(&output.stdout);
        ensure!(output.status.success(), "{}", output.status);
        ensure!(printed == example.output, "printed:\n{printed}");
    }
    Ok(())
}

/// With these folders before the others.
fn path(programs: &[PathBuf]) -> Result<OsString> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let others = std::env::split_paths(&path);
    Ok(std::env::join_paths(programs.iter().cloned().chain(others))?)
}

fn examples(text: &str) -> Vec<Example> {
    let mut examples: Vec<Example> = Vec::new();
    let mut is_console = false;
    for event in Parser::new(text) {
        match event {
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(language))) => {
                is_console = &*language == "console";
            }
            Event::End(TagEnd::CodeBlock) => is_console = false,
            Event::Text(block) if is_console => add(&block, &mut examples),
            _ => {}
        }
    }
    examples
}

/// A line after `$ ` is a command, which goes on after a backslash and within quotes.
fn add(block: &str, examples: &mut Vec<Example>) {
    for line in block.split_inclusive('\n') {
        if let Some(command) = line.strip_prefix("$ ") {
            examples.push(Example { command: command.to_owned(), ..Example::default() });
        } else if let Some(example) = examples.last_mut() {
            let text = if continues(&example.command) {
                &mut example.command
            } else {
                &mut example.output
            };
            text.push_str(line);
        }
    }
}

fn continues(command: &str) -> bool {
    command.ends_with("\\\n") || command.matches('"').count() % 2 == 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_told_from_what_they_print() {
        let text = "```sh\n$ no\n```\n```console\n$ a \\\n    b\nc\n d\n$ e \"f\n  g\"\nh\n```\n";
        let example = |command: &str, output: &str| Example {
            command: command.to_owned(),
            output: output.to_owned(),
        };
        assert_eq!(
            examples(text),
            [example("a \\\n    b\n", "c\n d\n"), example("e \"f\n  g\"\n", "h\n")]
        );
    }
}
