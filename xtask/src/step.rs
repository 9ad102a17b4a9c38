//! Steps, one after the other, with the outcome and the time of each.

use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use xshell::{Cmd, Shell, cmd};

/// What has been run so far.
#[derive(Debug, Default)]
pub(crate) struct Steps(Vec<(String, Outcome, Duration)>);

#[derive(Debug, PartialEq, Eq)]
enum Outcome {
    Passed,
    Failed,
    Skipped(String),
}

impl Steps {
    /// Runs a command; true if it succeeds.
    pub(crate) fn run(&mut self, command: Cmd<'_>) -> bool {
        let name = command.to_string();
        self.check(&name, || Ok(command.quiet().run()?))
    }

    /// Runs a check of our own; true if it passes.
    pub(crate) fn check(&mut self, name: &str, check: impl FnOnce() -> Result<()>) -> bool {
        println!("\n── {name}");
        #[allow(clippy::disallowed_methods)]
        let start = Instant::now();
        let result = check();
        if let Err(error) = &result {
            println!("{error:#}");
        }

        let passed = result.is_ok();
        let outcome = if passed { Outcome::Passed } else { Outcome::Failed };
        self.0.push((name.to_owned(), outcome, start.elapsed()));
        passed
    }

    /// Notes that a step is left out, and why.
    pub(crate) fn skip(&mut self, name: &str, why: &str) {
        println!("\n── {name}\nskipped: {why}");
        self.0.push((name.to_owned(), Outcome::Skipped(why.to_owned()), Duration::ZERO));
    }

    /// Runs a command of a tool, or notes that the tool is missing.
    pub(crate) fn run_if(&mut self, tool: Cmd<'_>, missing: &str, command: Cmd<'_>) {
        if works(tool) {
            self.run(command);
        } else {
            self.skip(&command.to_string(), missing);
        }
    }

    /// Makes sure that a tool of cargo is there, if need be by building it.
    pub(crate) fn installed(&mut self, sh: &Shell, tool: &str) -> bool {
        let command = tool.trim_start_matches("cargo-");
        works(cmd!(sh, "cargo {command} --version"))
            || self.run(cmd!(sh, "cargo install --locked {tool}"))
    }

    /// Prints a summary; true if nothing failed.
    pub(crate) fn finish(self) -> bool {
        println!();

        for (name, outcome, took) in &self.0 {
            let seconds = took.as_secs_f64();
            match outcome {
                Outcome::Passed => println!("passed   {seconds:6.1} s  {name}"),
                Outcome::Failed => println!("FAILED   {seconds:6.1} s  {name}"),
                Outcome::Skipped(why) => println!("skipped            {name}: {why}"),
            }
        }

        let total: Duration = self.0.iter().map(|(_, _, took)| *took).sum();
        println!("in all   {:6.1} s", total.as_secs_f64());
        self.0.iter().all(|(_, outcome, _)| *outcome != Outcome::Failed)
    }
}

/// Whether a command succeeds; its output is dropped.
pub(crate) fn works(command: Cmd<'_>) -> bool {
    command.quiet().ignore_stdout().ignore_stderr().run().is_ok()
}

/// An error with a line for each complaint, if there are any.
pub(crate) fn none(mut complaints: Vec<String>) -> Result<()> {
    if complaints.is_empty() {
        return Ok(());
    }
    complaints.sort();
    bail!(complaints.join("\n"))
}
