//! Steps, one after the other, with what became of each and how long it took.

use std::fmt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// What has been run so far.
#[derive(Debug)]
pub(crate) struct Steps {
    root: PathBuf,
    done: Vec<(String, Ended, Duration)>,
}

#[derive(Debug, PartialEq, Eq)]
enum Ended {
    Passed,
    Failed,
    Skipped(String),
}

impl Steps {
    pub(crate) fn new(root: &Path) -> Self {
        Self { root: root.to_owned(), done: Vec::new() }
    }

    /// Runs a command line such as `cargo test --workspace` in the root of the workspace.
    pub(crate) fn run(&mut self, line: &str) -> bool {
        self.run_with(line, &[])
    }

    /// The same, with environment variables.
    pub(crate) fn run_with(&mut self, line: &str, environment: &[(&str, &str)]) -> bool {
        let mut name = String::new();
        for (variable, value) in environment {
            name.extend([variable, "='", value, "' "]);
        }
        name.push_str(line);
        let mut command = self.command(line);
        command.envs(environment.iter().copied());
        self.check(&name, || match command.status() {
            Ok(status) if status.success() => Ok(()),
            Ok(status) => Err(vec![status.to_string()]),
            Err(error) => Err(vec![error.to_string()]),
        })
    }

    /// Runs a check of our own, which returns what it has to complain about.
    pub(crate) fn check(
        &mut self,
        name: &str,
        check: impl FnOnce() -> Result<(), Vec<String>>,
    ) -> bool {
        println!("\n── {name}");
        #[allow(clippy::disallowed_methods)]
        let begun = Instant::now();
        let ended = match check() {
            Ok(()) => Ended::Passed,
            Err(complaints) => {
                for complaint in complaints {
                    println!("{complaint}");
                }
                Ended::Failed
            }
        };
        let passed = ended == Ended::Passed;
        self.done.push((name.to_owned(), ended, begun.elapsed()));
        passed
    }

    /// Notes that a step is left out, and why.
    pub(crate) fn skip(&mut self, name: &str, why: &str) {
        println!("\n── {name}\nskipped: {why}");
        self.done.push((name.to_owned(), Ended::Skipped(why.to_owned()), Duration::ZERO));
    }

    /// Whether a command line ends well; its output is dropped.
    pub(crate) fn works(&self, line: &str) -> bool {
        let status = self.command(line).stdout(Stdio::null()).stderr(Stdio::null()).status();
        status.is_ok_and(|status| status.success())
    }

    /// Makes sure that a tool is there, if need be by building it.
    pub(crate) fn installed(&mut self, tool: &str, version: &str) -> bool {
        self.works(version) || self.run(&format!("cargo install --locked {tool}"))
    }

    fn command(&self, line: &str) -> Command {
        let mut words = line.split(' ');
        let mut command = Command::new(words.next().unwrap_or_default());
        command.args(words).current_dir(&self.root).stdin(Stdio::null());
        command
    }

    /// Prints the summary; true if nothing failed.
    pub(crate) fn finish(self) -> bool {
        println!("\n{self}");
        self.done.iter().all(|(_, ended, _)| *ended != Ended::Failed)
    }
}

impl fmt::Display for Steps {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (name, ended, took) in &self.done {
            let seconds = took.as_secs_f64();
            match ended {
                Ended::Passed => writeln!(f, "passed   {seconds:6.1} s  {name}")?,
                Ended::Failed => writeln!(f, "FAILED   {seconds:6.1} s  {name}")?,
                Ended::Skipped(why) => writeln!(f, "skipped            {name}: {why}")?,
            }
        }
        let total: Duration = self.done.iter().map(|(_, _, took)| *took).sum();
        write!(f, "in all   {:6.1} s", total.as_secs_f64())
    }
}
