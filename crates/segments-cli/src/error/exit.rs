//! The exit codes, and the signals that have one.

use std::fmt;
use std::process::ExitCode;

use segments_core::{Error, ErrorKind};

/// The codes, for `--help` and the manual page.
pub(crate) const TABLE: &str = "\
Exit codes:
    0  success
    2  wrong usage or configuration
    3  goal not reached: all pages were read, but prove less than --goal asks for,
       or hold fewer segments than --min-segments
    4  access refused (401, 403): key, permission or instance
    5  rate limited for longer than --max-wait or --max-attempts allow
    6  server errors on every attempt
    7  no response: DNS, TLS, connection, proxy or --timeout
    8  invalid response, contradictory list, or a limit of pages, requests, memory
    9  --deadline passed
   74  output not written
  130  interrupted by Ctrl-C (129: hang-up, 143: SIGTERM)";

/// How the program ends.
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

#[cfg(test)]
mod tests {
    use super::*;

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
