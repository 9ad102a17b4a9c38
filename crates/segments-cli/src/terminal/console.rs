//! What is said on standard error: messages, and one line that erases itself.

use std::io::{self, IsTerminal, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use segments_core::export::Exchange;

use crate::args::Verbosity;
use crate::error::CommandError;
use crate::terminal::progress::ProgressCounters;
use crate::text::escape::escaped;
use crate::text::wrap::wrap;

/// Between two drawings of the progress line.
pub(crate) const PERIOD: Duration = Duration::from_millis(100);

const ERROR: &str = "Error: ";

/// What the operating system's number begins with.
const NUMBER: &str = " (os error ";

const ERASE: &str = "\r\x1b[K";

/// Standard error. Clones are the same.
#[derive(Debug, Clone)]
pub(crate) struct Console {
    shared: Arc<Mutex<Shared>>,
}

#[derive(Debug)]
struct Shared {
    level: Level,
    draws: bool,
    drawn: bool,
    tally: ProgressCounters,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Level {
    Quiet,
    Usual,
    Verbose,
}

impl Console {
    pub(crate) fn new(talk: &Verbosity) -> Self {
        let dumb = std::env::var_os("TERM").is_none_or(|term| term.is_empty() || term == "dumb");
        let draws = !talk.quiet && !dumb && io::stderr().is_terminal();
        let tally = ProgressCounters::new(Instant::now());
        let level = match talk {
            Verbosity { quiet: true, .. } => Level::Quiet,
            Verbosity { verbose: 0, .. } => Level::Usual,
            Verbosity { .. } => Level::Verbose,
        };
        let shared = Shared { level, draws, drawn: false, tally };
        Self { shared: Arc::new(Mutex::new(shared)) }
    }

    /// Why the program fails: one line for what happened, one for what to do next.
    pub(crate) fn error(&self, problem: &CommandError) {
        let (what, advice) = problem.lines();
        let mut shared = self.lock();
        shared.say(&format!("{ERROR}{what}"), ERROR.len());
        if !advice.is_empty() {
            shared.say(&format!("{:indent$}{advice}", "", indent = ERROR.len()), ERROR.len());
        }
    }

    /// Something that must be known: said even with `--quiet`.
    pub(crate) fn warn(&self, text: &str) {
        self.lock().say(&format!("Warning: {}", escaped(text)), 0);
    }

    /// Something that is good to know.
    pub(crate) fn note(&self, text: &str) {
        let mut shared = self.lock();
        if shared.level > Level::Quiet {
            shared.say(&escaped(text), 0);
        }
    }

    /// What the user asked for: said even with `--quiet`.
    pub(crate) fn tell(&self, text: &str) {
        self.lock().say(&escaped(text), 0);
    }

    /// One request and what became of it.
    pub(crate) fn exchange(&self, exchange: &Exchange) {
        let mut shared = self.lock();
        shared.tally.count(exchange, Instant::now());
        if shared.level == Level::Verbose {
            shared.say(&escaped(&exchange.to_string()), 2);
        }
        shared.tell_of_waits();
    }

    /// Nothing is sent for this time: what the rate limit asked of an earlier run.
    pub(crate) fn pause(&self, time: Duration) {
        let mut shared = self.lock();
        shared.tally.pause(time, Instant::now());
        shared.tell_of_waits();
    }

    /// Segments have arrived.
    pub(crate) fn segments(&self, count: usize) {
        self.lock().tally.add(count);
    }

    /// Draws the progress line anew.
    pub(crate) fn draw(&self) {
        let mut shared = self.lock();
        if shared.draws {
            let line = shared.tally.line(width(), Instant::now());
            let _ = write!(io::stderr(), "{ERASE}{line}");
            shared.drawn = true;
        }
    }

    /// Erases the progress line, before data goes to the same terminal.
    pub(crate) fn clear(&self) {
        self.lock().clear();
    }

    fn lock(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Shared {
    /// A log that stands still for minutes looks like one of a program that hangs.
    fn tell_of_waits(&mut self) {
        if self.draws || self.level == Level::Quiet {
            return;
        }
        if let Some(line) = self.tally.news(Instant::now()) {
            self.say(&line, 0);
        }
    }

    /// Says a line, broken for a terminal with this indent.
    fn say(&mut self, line: &str, indent: usize) {
        self.clear();
        let mut line = without_numbers(line);
        if io::stderr().is_terminal() {
            line = wrap(&line, width(), indent);
        }
        line.push('\n');
        // At once, for others may write to the same terminal. There is no other place to say that
        // standard error is gone.
        let _ = io::stderr().write_all(line.as_bytes());
    }

    fn clear(&mut self) {
        if std::mem::take(&mut self.drawn) {
            let _ = write!(io::stderr(), "{ERASE}");
        }
    }
}

/// The columns of the terminal. The last stays free: some wrap as soon as it is filled.
fn width() -> usize {
    let width = terminal_size::terminal_size_of(io::stderr()).map_or(80, |size| size.0.0);
    usize::from(width.saturating_sub(1))
}

/// The operating system's words without its numbers.
///
/// Only where a sentence or a clause ends: a server could put the number into the middle of a key,
/// so that its pieces grew together here.
fn without_numbers(text: &str) -> String {
    let mut parts = text.split(NUMBER);
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let rest = part.trim_start_matches(|c: char| c.is_ascii_digit());
        match rest.strip_prefix(')') {
            Some(rest) if rest.len() + 1 < part.len() && ends_a_clause(rest) => out.push_str(rest),
            _ => out.extend([NUMBER, part]),
        }
    }
    out
}

fn ends_a_clause(rest: &str) -> bool {
    let behind = rest.trim_start_matches([')', ',', '.', ':', ';']);
    behind.is_empty() || behind.starts_with(' ')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_errors_are_left_out() {
        for (text, expected) in [
            ("no (refused (os error 111)), at x", "no (refused), at x"),
            ("a (os error 1) b (os error 22)", "a b"),
            ("a (os error x) b (os error ", "a (os error x) b (os error "),
            ("a (os error ) b (os error 1", "a (os error ) b (os error 1"),
            ("it broke (os error 104).", "it broke."),
            ("CANARY- (os error 1)75480f9", "CANARY- (os error 1)75480f9"),
        ] {
            assert_eq!(without_numbers(text), expected);
        }
    }
}
