//! How the program ends: one code for each kind of end, and one line that says why.

use std::fmt;
use std::io;
use std::path::Path;
use std::process::ExitCode;

use segments_core::error::{GaveUp, NotProven, PagingError, ResponseError};
use segments_core::{Endpoint, Error, ErrorKind, TransportErrorKind};
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use crate::text::escape::escaped;

/// The codes, for `--help` and the manual page.
pub(crate) const TABLE: &str = "\
Exit codes:
    0  done: the whole of what was asked for
    2  usage or configuration
    3  goal not reached: everything was read, and does not prove it, or is less than --min-segments
    4  refused (401, 403): key, permission or instance
    5  rate limited, longer than --max-wait or --max-attempts allow
    6  the server's errors outlasted the tries
    7  transport: DNS, TLS, connection, time limit of a try
    8  protocol: an answer that is no page, or a list that makes no sense
    9  --deadline passed
   74  the output could not be written
  130  interrupted by Ctrl-C (129 hang-up, 143 SIGTERM)";

/// A kind of end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Exit {
    Done = 0,
    Usage = 2,
    NotReached = 3,
    Refused = 4,
    RateLimited = 5,
    Server = 6,
    Transport = 7,
    Protocol = 8,
    Deadline = 9,
    Output = 74,
    HungUp = 129,
    Interrupted = 130,
    Terminated = 143,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// Which signal ended the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Signal {
    HangUp,
    Interrupt,
    Terminate,
}

impl Signal {
    pub(crate) fn exit(self) -> Exit {
        match self {
            Self::HangUp => Exit::HungUp,
            Self::Interrupt => Exit::Interrupted,
            Self::Terminate => Exit::Terminated,
        }
    }
}

impl fmt::Display for Signal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::HangUp => "stopped: the terminal hung up",
            Self::Interrupt => "stopped by Ctrl-C",
            Self::Terminate => "stopped by SIGTERM",
        })
    }
}

/// Why the program ends before it is done.
#[derive(Debug)]
pub(crate) enum CommandError {
    /// What was asked for makes no sense; nothing was sent.
    Usage { what: String, advice: String },
    /// The export failed at this endpoint.
    Export(Box<Error>, Endpoint),
    /// The export ended without what was promised.
    NotReached,
    /// The list has fewer segments than somebody knows that it has.
    TooFew { found: u64, least: u64 },
    /// A list that is to be kept whole is larger than allowed.
    NoRoom,
    /// The output could not be written.
    Output { what: String, advice: &'static str },
    /// Whoever read the output has read enough, as `head` does: no failure.
    ReaderGone,
    /// Somebody stopped it.
    Stopped(Signal),
    /// The deadline came before every file was open.
    NotOpened,
}

impl CommandError {
    pub(crate) fn usage(what: impl Into<String>, advice: impl Into<String>) -> Self {
        Self::Usage { what: what.into(), advice: advice.into() }
    }

    /// A file that is not replaced, because the new one could not be written.
    pub(crate) fn output(name: &str, error: &io::Error) -> Self {
        let advice = "nothing that was there before has been replaced";
        Self::Output { what: format!("cannot write {name}: {}", plain(error)), advice }
    }

    /// A file that could not be replaced, and not be written over either.
    pub(crate) fn in_place(name: &str, error: &io::Error) -> Self {
        let advice = "it may hold parts of the old list and of the new one";
        Self::Output { what: format!("cannot write {name}: {}", plain(error)), advice }
    }

    /// A stream that ends too early.
    pub(crate) fn stream(name: &str, error: &io::Error) -> Self {
        let advice = "what is there so far is not the whole list";
        Self::Output { what: format!("cannot write {name}: {}", plain(error)), advice }
    }

    /// A file that was named for reading.
    pub(crate) fn unreadable(role: &str, path: &Path, error: &io::Error, advice: &str) -> Self {
        let what = format!("cannot read {role} {}: {}", path.display(), plain(error));
        Self::usage(what, advice)
    }

    /// Whether the output can still take something.
    pub(crate) fn leaves_output(&self) -> bool {
        !matches!(self, Self::Output { .. } | Self::ReaderGone)
    }

    /// Whether going on later can lead to the goal.
    pub(crate) fn may_pass(&self) -> bool {
        match self {
            Self::Export(error, _) => error.is_resumable(),
            // Somebody can raise the limit, or make room on the disk.
            Self::NoRoom | Self::Output { .. } | Self::Stopped(_) => true,
            // What was read of too short a list does not get longer: the next run begins anew.
            Self::Usage { .. }
            | Self::NotReached
            | Self::TooFew { .. }
            | Self::ReaderGone
            | Self::NotOpened => false,
        }
    }

    pub(crate) fn exit(&self) -> Exit {
        match self {
            Self::Usage { .. } => Exit::Usage,
            Self::Export(error, _) => exit_of(error),
            Self::NotReached | Self::TooFew { .. } => Exit::NotReached,
            Self::NoRoom => Exit::Protocol,
            Self::Output { .. } => Exit::Output,
            Self::ReaderGone => Exit::Done,
            Self::Stopped(signal) => signal.exit(),
            Self::NotOpened => Exit::Deadline,
        }
    }
}

impl CommandError {
    /// What happened, and what to do next, if there is something: a sentence each, without
    /// anything that steers a terminal.
    pub(crate) fn lines(&self) -> (String, String) {
        let (what, advice) = self.words();
        let advice = if advice.is_empty() { advice } else { sentence(&advice, true) };
        (sentence(&what, false), advice)
    }

    fn words(&self) -> (String, String) {
        match self {
            Self::Usage { what, advice } => (what.clone(), advice.clone()),
            Self::Export(error, endpoint) => {
                (format!("{error}{}", at(error, endpoint)), advice(error))
            }
            Self::NotReached => ("the goal was not reached".into(), "run it again".into()),
            Self::TooFew { found, least } => {
                let plural = if *found == 1 { "" } else { "s" };
                let what = format!(
                    "the list has {found} segment{plural}, and --min-segments asks for {least}"
                );
                (what, "compare with the dashboard; run it again, or lower --min-segments".into())
            }
            Self::NoRoom => (
                "the list needs more memory than --max-memory allows".into(),
                "raise it if the workspace is really that large; a walk into NDJSON or CSV, \
                 without --checkpoint, keeps nothing"
                    .into(),
            ),
            Self::Output { what, advice } => (what.clone(), (*advice).to_owned()),
            Self::ReaderGone => ("the reader of the output went away".into(), String::new()),
            Self::Stopped(signal) => (signal.to_string(), String::new()),
            Self::NotOpened => (
                "the deadline passed before every file could be opened".into(),
                "a named pipe opens when somebody reads from it, or writes to it".into(),
            ),
        }
    }
}

/// For reports: `reason`, `text` and `advice` at least, and the facts of a failed export.
impl Serialize for CommandError {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if let Self::Export(error, _) = self {
            return error.serialize(serializer);
        }
        let reason = match self {
            Self::Usage { .. } => "usage",
            Self::NotReached => "not_reached",
            Self::TooFew { .. } => "too_few",
            Self::NoRoom => "paging",
            Self::Output { .. } => "output",
            Self::ReaderGone => "reader_gone",
            Self::NotOpened => "deadline",
            _ => "stopped",
        };
        let (text, advice) = self.words();
        let mut map = serializer.serialize_map(Some(3))?;
        map.serialize_entry("reason", reason)?;
        map.serialize_entry("text", &text)?;
        map.serialize_entry("advice", &advice)?;
        map.end()
    }
}

/// One line, without anything that steers a terminal.
impl fmt::Display for CommandError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (what, advice) = self.lines();
        f.write_str(&what)?;
        if advice.is_empty() { Ok(()) } else { write!(f, " {advice}") }
    }
}

fn sentence(text: &str, capital: bool) -> String {
    let mut sentence = escaped(text).into_owned();
    if let Some(first) = sentence.get_mut(..1).filter(|_| capital) {
        first.make_ascii_uppercase();
    }
    if !sentence.ends_with(['.', '!', '?']) {
        sentence.push('.');
    }
    sentence
}

/// The core's advice, with the flags of this program.
fn advice(error: &Error) -> String {
    match error.kind() {
        ErrorKind::NotProven(NotProven::OrderContradicted) => {
            "look for a proxy or gateway that drops the query; --goal walk reads such a list \
             without a proof"
                .into()
        }
        ErrorKind::NotProven(NotProven::ShortPage { .. }) => {
            "run again; if it stays, the server hides segments behind its paging, and --goal walk \
             reads such a list without a proof"
                .into()
        }
        ErrorKind::NotProven(_) => {
            format!("{}; --keep-partial writes what was seen", error.advice())
        }
        ErrorKind::RateLimited if error.gave_up() == Some(GaveUp::Wait) => {
            format!("{}, or allow longer waits with --max-wait", error.advice())
        }
        ErrorKind::RateLimited | ErrorKind::Server if may_be_a_limiter(error) => {
            "try again later, with --window 1 and more tries (--max-attempts): the answer does \
             not say how long to wait, as is usual for a rate limiter in a proxy or gateway"
                .into()
        }
        ErrorKind::RateLimited | ErrorKind::Server if error.gave_up() == Some(GaveUp::Attempts) => {
            format!("{}, or allow more tries with --max-attempts", error.advice())
        }
        ErrorKind::Transport(failure) if failure.kind() == TransportErrorKind::Tls => {
            "check the base URL and this machine's clock and root certificates; --ca-file adds one"
                .into()
        }
        ErrorKind::Transport(failure) if failure.kind() == TransportErrorKind::Timeout => {
            "check the network, or allow more time for one try with --timeout".into()
        }
        ErrorKind::Paging(PagingError::PageLimit { .. }) => {
            "raise --max-pages if the workspace is really that large".into()
        }
        ErrorKind::Paging(PagingError::RequestLimit { .. }) => {
            "raise --max-requests if the workspace is really that large".into()
        }
        ErrorKind::Paging(PagingError::MemoryLimit { .. }) => {
            "raise --max-memory if the workspace is really that large; --goal walk needs least"
                .into()
        }
        ErrorKind::Response(ResponseError::Http(failure))
            if failure.kind() == TransportErrorKind::HeadTooLarge =>
        {
            "look for a proxy or gateway that adds headers, or raise --max-head".into()
        }
        ErrorKind::Response(ResponseError::Http(failure))
            if failure.kind() == TransportErrorKind::BodyTooLarge =>
        {
            "a page of 100 segments has some 16 KiB; raise --max-body if yours are really that long"
                .into()
        }
        ErrorKind::Response(ResponseError::Json(malformed))
            if malformed.kind().is_invalid_text() =>
        {
            "rename that segment or tag in the dashboard, or add --replace-invalid-text".into()
        }
        ErrorKind::Response(ResponseError::Cached(_)) => {
            "find the cache in between, and have it pass these requests through; --goal walk \
             reads such answers, and claims nothing"
                .into()
        }
        ErrorKind::Deadline => {
            "allow more time; with --checkpoint FILE the next run goes on where this one stopped"
                .into()
        }
        _ => error.advice(),
    }
}

/// Whether something refused because there were too many requests, and did not say for how long.
fn may_be_a_limiter(error: &Error) -> bool {
    let limited = *error.kind() == ErrorKind::RateLimited;
    let overloaded = error.status() == Some(503) && error.request_id().is_none();
    error.wait().is_none() && (limited || overloaded)
}

/// The place, where it can be what is wrong.
fn at(error: &Error, endpoint: &Endpoint) -> String {
    match (error.kind(), endpoint.instance()) {
        (ErrorKind::Refused, Some(instance)) => format!(", at {instance} ({endpoint})"),
        (ErrorKind::Refused | ErrorKind::Transport(_) | ErrorKind::Response(_), _) => {
            format!(", at {endpoint}")
        }
        _ => String::new(),
    }
}

/// The code of a failed export or request.
pub(crate) fn exit_of(error: &Error) -> Exit {
    match error.kind() {
        ErrorKind::Refused => Exit::Refused,
        ErrorKind::RateLimited => Exit::RateLimited,
        ErrorKind::Server => Exit::Server,
        ErrorKind::Transport(_) => Exit::Transport,
        ErrorKind::Deadline => Exit::Deadline,
        ErrorKind::NotProven(_) => Exit::NotReached,
        _ => Exit::Protocol,
    }
}

/// The operating system's words without its number.
pub(crate) fn plain(error: &io::Error) -> String {
    let text = error.to_string();
    match text.find(" (os error") {
        Some(end) => text[..end].to_owned(),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_is_one_line() {
        let problem = CommandError::usage("no such file: a\nb\u{1b}[2J", "Name another.");
        assert_eq!(problem.to_string(), "no such file: a\\u{a}b\\u{1b}[2J. Name another.");
        let error = io::Error::from_raw_os_error(28);
        let problem = CommandError::output("out.csv", &error);
        assert!(problem.to_string().starts_with("cannot write out.csv: No space left on device."));
        assert_eq!(problem.exit(), Exit::Output);
    }

    #[test]
    fn every_code_stands_in_the_table() {
        use Exit::*;
        for exit in [
            Done,
            Usage,
            NotReached,
            Refused,
            RateLimited,
            Server,
            Transport,
            Protocol,
            Deadline,
            Output,
            HungUp,
            Interrupted,
            Terminated,
        ] {
            let code = (exit as u8).to_string();
            assert!(TABLE.split(|c: char| !c.is_ascii_digit()).any(|word| word == code), "{code}");
        }
    }
}
