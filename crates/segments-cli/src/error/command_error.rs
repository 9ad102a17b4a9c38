//! Why a command failed, in words and as JSON.

use std::fmt;
use std::io;
use std::path::Path;

use segments_core::{Endpoint, Error};
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use super::advice::{advice_with_flags, at, flags};
use super::again::Again;
use super::exit::{Exit, Signal};
use crate::text::escape::escaped;
use crate::text::os_error::without_number;
use crate::text::plural::plural;

/// What an advice is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wording {
    /// The flags of `segments export`.
    Flags,
    /// Limits and goals, by whatever they are set.
    Plain,
}

/// Why the program ends before it is done.
#[derive(Debug)]
pub(crate) enum CommandError {
    /// The arguments or the environment are wrong; nothing was sent.
    Usage { message: String, advice: String },
    /// The export failed at this endpoint. The advice names flags, or does not.
    Export(Box<Error>, Endpoint, Wording),
    /// The list has fewer segments than `--min-segments`, or the entry of a connector, asks for.
    TooFew { found: u64, least: u64 },
    /// The list has more segments than `--max-items` lets through, and those were written.
    Cut { most: u64 },
    /// So many of these cases show a client that is wrong.
    NotConformant { wrong: u64, cases: u64 },
    /// The output could not be written.
    Output { message: String, advice: &'static str },
    /// The reader of the output closed it, as `head` does when it has enough. Not a failure.
    ReaderGone,
    /// More segments were removed than `--max-removed` allows.
    TooManyRemoved { removed: u64, listed: u64, most: String },
    /// Something has changed, and `--exit-code` asks to say so. Not a failure.
    Changed,
    /// So many of many workspaces are not whole.
    Incomplete { missing: u64, total: u64, exit: Exit, again: Again },
    /// So many of many workspaces cannot be read.
    ChecksFailed { failed: u64, total: u64, exit: Exit },
    /// A signal came.
    Stopped(Signal),
    /// The deadline passed before every file was open.
    OpenTimedOut,
}

impl CommandError {
    pub(crate) fn usage(message: impl Into<String>, advice: impl Into<String>) -> Self {
        Self::Usage { message: message.into(), advice: advice.into() }
    }

    /// An export failed at this endpoint.
    pub(crate) fn export(error: Error, endpoint: Endpoint) -> Self {
        Self::Export(Box::new(error), endpoint, Wording::Flags)
    }

    /// For a command that has other flags than `segments export`: the advice names none that is not
    /// `offered`.
    pub(crate) fn for_command(self, offered: impl Fn(&str) -> bool) -> Self {
        match self {
            Self::Export(error, endpoint, _) if !flags(&advice_with_flags(&error)).all(offered) => {
                Self::Export(error, endpoint, Wording::Plain)
            }
            other => other,
        }
    }

    /// A new file could not be written, so the old one stays.
    pub(crate) fn write_failed(name: &str, error: &io::Error) -> Self {
        Self::output(name, error, "nothing that was there before has been replaced")
    }

    /// A file that cannot be replaced could not be overwritten either.
    pub(crate) fn overwrite_failed(name: &str, error: &io::Error) -> Self {
        Self::output(name, error, "it may hold parts of the old list and of the new one")
    }

    /// A stream ended too early.
    pub(crate) fn stream_failed(name: &str, error: &io::Error) -> Self {
        Self::output(name, error, "what is there so far is not the whole list")
    }

    /// What goes to standard output would be lost.
    pub(crate) fn stdout_closed() -> Self {
        Self::Output {
            message: "standard output is closed, or /dev/null that is open for reading too".into(),
            advice: "redirect it to a file or a program; > /dev/null throws the output away",
        }
    }

    /// A record could not be written to its end.
    pub(crate) fn record_failed(name: &str, error: &io::Error) -> Self {
        Self::output(name, error, "the record is not whole, and cannot be replayed to the end")
    }

    fn output(name: &str, error: &io::Error, advice: &'static str) -> Self {
        Self::Output { message: format!("cannot write {name}: {error}"), advice }
    }

    /// A file that an argument names could not be read.
    pub(crate) fn unreadable(role: &str, path: &Path, error: &io::Error, advice: &str) -> Self {
        Self::usage(format!("cannot read {role} {}: {error}", path.display()), advice)
    }

    /// Whether the exit code says all that there is to say.
    pub(crate) fn is_silent(&self) -> bool {
        matches!(self, Self::ReaderGone | Self::Changed)
    }

    /// Whether more can be written to the output.
    pub(crate) fn leaves_output(&self) -> bool {
        !matches!(self, Self::Output { .. } | Self::ReaderGone)
    }

    /// Whether resuming later can reach the goal.
    pub(crate) fn is_resumable(&self) -> bool {
        match self {
            Self::Export(error, ..) => error.is_resumable(),
            // The user can make room on the disk.
            Self::Output { .. } | Self::Stopped(_) => true,
            // A list that is too short does not grow by resuming: the next run starts over.
            Self::Usage { .. }
            | Self::TooFew { .. }
            | Self::Cut { .. }
            | Self::NotConformant { .. }
            | Self::TooManyRemoved { .. }
            | Self::Incomplete { .. }
            | Self::ChecksFailed { .. }
            | Self::ReaderGone
            | Self::Changed
            | Self::OpenTimedOut => false,
        }
    }

    /// The exit code.
    pub(crate) fn exit(&self) -> Exit {
        match self {
            Self::Usage { .. } => Exit::Usage,
            Self::Export(error, ..) => Exit::from(&**error),
            Self::TooFew { .. } | Self::Cut { .. } | Self::TooManyRemoved { .. } => {
                Exit::NotReached
            }
            Self::NotConformant { .. } | Self::Changed => Exit::Finding,
            Self::Output { .. } => Exit::Output,
            Self::ReaderGone => Exit::Done,
            Self::Incomplete { exit, .. } | Self::ChecksFailed { exit, .. } => *exit,
            Self::Stopped(signal) => signal.exit(),
            Self::OpenTimedOut => Exit::Deadline,
        }
    }

    /// What happened, and what to do next or nothing: a sentence each, safe for a terminal.
    pub(crate) fn sentences(&self) -> (String, String) {
        let (message, advice) = self.words();
        let advice = if advice.is_empty() { advice } else { capitalized(&sentence(&advice)) };
        (sentence(&message), advice)
    }

    fn words(&self) -> (String, String) {
        match self {
            Self::Usage { message, advice } => (without_number(message), advice.clone()),
            Self::Export(error, endpoint, wording) => {
                let message = format!("{error}{}", at(error, endpoint));
                let advice = match wording {
                    Wording::Flags => advice_with_flags(error),
                    Wording::Plain => error.advice(),
                };
                (without_number(&message), advice)
            }
            Self::TooFew { found, least } => (
                format!(
                    "the list has {}, fewer than the minimum of {least}",
                    plural(*found, "segment")
                ),
                "compare with the dashboard; run it again, or lower the minimum".into(),
            ),
            Self::Cut { most } => (
                format!(
                    "the list has more than {}, and --max-items leaves out the others",
                    plural(*most, "segment")
                ),
                "what was written is not the whole list; leave --max-items out to get it".into(),
            ),
            Self::NotConformant { wrong, cases } => (
                format!("the command is wrong in {wrong} of {}", plural(*cases, "case")),
                "run one of them again with --case NAME".into(),
            ),
            Self::TooManyRemoved { removed, listed, most } => (
                format!(
                    "{removed} of {} were removed, and --max-removed allows {most}",
                    plural(*listed, "segment")
                ),
                "compare with the dashboard; if it is right, run it again with a higher --max-removed"
                    .into(),
            ),
            Self::Output { message, advice } => (without_number(message), (*advice).to_owned()),
            Self::ReaderGone => ("the reader of the output went away".into(), String::new()),
            Self::ChecksFailed { failed, total, .. } => (
                format!("{failed} of {} cannot be read", plural(*total, "workspace")),
                "the lines above say why".into(),
            ),
            Self::Incomplete { missing, total, again, .. } => (
                format!(
                    "{missing} of {} {} not whole",
                    plural(*total, "workspace"),
                    if *missing == 1 { "is" } else { "are" }
                ),
                again.to_string(),
            ),
            Self::Changed => ("the list has changed".into(), String::new()),
            Self::Stopped(signal) => (signal.to_string(), String::new()),
            Self::OpenTimedOut => (
                "the deadline passed before every file could be opened".into(),
                "a named pipe opens when somebody reads from it, or writes to it".into(),
            ),
        }
    }

    /// The name of the cause in a report.
    fn reason(&self) -> &'static str {
        match self {
            Self::Usage { .. } => "usage",
            Self::Export(error, ..) => error.kind().name(),
            Self::TooFew { .. } => "too_few",
            Self::Cut { .. } => "cut",
            Self::NotConformant { .. } => "not_conformant",
            Self::Output { .. } => "output",
            Self::TooManyRemoved { .. } => "too_many_removed",
            Self::ReaderGone => "reader_gone",
            Self::Incomplete { .. } => "incomplete",
            Self::ChecksFailed { .. } => "checks_failed",
            Self::Changed => "changed",
            Self::Stopped(_) => "stopped",
            Self::OpenTimedOut => "deadline",
        }
    }
}

/// For reports: `reason`, `text` and `advice` at least, and the facts of a failed export.
impl Serialize for CommandError {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if let Self::Export(error, ..) = self {
            return error.serialize(serializer);
        }

        let (text, advice) = self.words();
        let mut map = serializer.serialize_map(Some(3))?;
        map.serialize_entry("reason", self.reason())?;
        map.serialize_entry("text", &text)?;
        map.serialize_entry("advice", &advice)?;
        map.end()
    }
}

/// Both sentences on one line.
impl fmt::Display for CommandError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (message, advice) = self.sentences();
        f.write_str(&message)?;
        if advice.is_empty() { Ok(()) } else { write!(f, " {advice}") }
    }
}

fn sentence(text: &str) -> String {
    let mut sentence = escaped(text).into_owned();
    if !sentence.ends_with(['.', '!', '?']) {
        sentence.push('.');
    }
    sentence
}

fn capitalized(text: &str) -> String {
    let mut text = text.to_owned();
    if let Some(first) = text.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_one_line() {
        let error = CommandError::usage("no such file: a\nb\u{1b}[2J", "Name another.");
        assert_eq!(error.to_string(), "no such file: a\\u{a}b\\u{1b}[2J. Name another.");

        let full = io::Error::from_raw_os_error(28);
        let error = CommandError::write_failed("out.csv", &full);
        assert!(error.to_string().starts_with("cannot write out.csv: No space left on device."));
        assert_eq!(error.exit(), Exit::Output);
    }
}
