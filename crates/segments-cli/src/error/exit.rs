//! The exit codes, and the signals that have one.

use std::fmt;
use std::process::ExitCode;

use segments_core::{Error, ErrorKind};
use serde::{Deserialize, Serialize};

use crate::text::wrap::wrap;

/// What each code means, for `--help`, the manual page and `docs/cli.md`.
pub(crate) const CODES: [(Exit, &str); 12] = [
    (Exit::Done, "success"),
    (Exit::Finding, "with --exit-code, the list has changed; of conformance, a case is wrong"),
    (Exit::Usage, "wrong usage or configuration"),
    (
        Exit::NotReached,
        "goal not reached: the pages prove less than --goal asks for, --min-segments or \
         --max-removed refuses the list, or --max-items cuts it",
    ),
    (Exit::Refused, "access refused (401, 403): key, permission or instance"),
    (Exit::RateLimited, "rate limited for longer than --max-wait or --max-attempts allow"),
    (Exit::Server, "server errors on every attempt"),
    (Exit::Transport, "no response: DNS, TLS, connection, proxy or --timeout"),
    (
        Exit::Protocol,
        "invalid response, contradictory list, or a limit of pages, requests or memory",
    ),
    (Exit::Deadline, "--deadline passed"),
    (Exit::Output, "output not written"),
    (Exit::Interrupted, "interrupted by Ctrl-C (129: hang-up, 143: SIGTERM)"),
];

/// After which codes the same command may succeed later.
pub(crate) const RETRIES: &str = "After 3, 5, 6, 7 and 9 a later run may succeed; after 2, 4, 8 and 74 something must be changed.";

/// The codes as lines for a terminal.
pub(crate) fn table() -> String {
    const WIDTH: usize = 79;
    const INDENT: usize = 7;

    let mut table = "Exit codes:".to_owned();
    for (exit, meaning) in CODES {
        let line = format!("{:>5}  {meaning}", exit as u8);
        table.push('\n');
        table.push_str(&wrap(&line, WIDTH, INDENT));
    }
    table.push('\n');
    table.push_str(&wrap(RETRIES, WIDTH, 0));
    table
}

/// How the program ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Exit {
    Done = 0,
    Finding = 1,
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

impl From<&Error> for Exit {
    fn from(error: &Error) -> Self {
        match error.kind() {
            ErrorKind::Refused => Self::Refused,
            ErrorKind::RateLimited => Self::RateLimited,
            ErrorKind::Server => Self::Server,
            ErrorKind::Transport(_) => Self::Transport,
            ErrorKind::Deadline => Self::Deadline,
            ErrorKind::NotProven(_) => Self::NotReached,
            _ => Self::Protocol,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// Which signal stopped the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_in_the_table() {
        use Exit::*;
        let table = table();
        let numbers: Vec<_> = table.split(|c: char| !c.is_ascii_digit()).collect();
        for exit in [
            Done,
            Finding,
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
            assert!(numbers.contains(&&*(exit as u8).to_string()), "{exit:?}");
        }
        assert!(table.lines().all(|line| line.len() < 80), "{table}");
    }
}
