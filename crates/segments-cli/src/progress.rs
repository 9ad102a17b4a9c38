//! What is said on standard error: messages, and one line that erases itself.

use std::fmt::Display;
use std::io::{self, IsTerminal, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use segments_core::{Exchange, Outcome};

use crate::args::Talk;
use crate::escape::{cut, escaped};
use crate::exit::Problem;
use crate::wrap::wrap;

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
    tally: Tally,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Level {
    Quiet,
    Usual,
    Verbose,
}

/// What the progress line counts.
#[derive(Debug)]
struct Tally {
    since: Instant,
    segments: u64,
    pages: u64,
    failures: u64,
    wait: Option<Instant>,
}

impl Console {
    pub(crate) fn new(talk: &Talk) -> Self {
        let dumb = std::env::var_os("TERM").is_none_or(|term| term.is_empty() || term == "dumb");
        let draws = !talk.quiet && !dumb && io::stderr().is_terminal();
        let tally = Tally::new();
        let level = match talk {
            Talk { quiet: true, .. } => Level::Quiet,
            Talk { verbose: 0, .. } => Level::Usual,
            Talk { .. } => Level::Verbose,
        };
        let shared = Shared { level, draws, drawn: false, tally };
        Self { shared: Arc::new(Mutex::new(shared)) }
    }

    /// Why the program fails: one line for what happened, one for what to do next.
    pub(crate) fn error(&self, problem: &Problem) {
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
        shared.tally.count(exchange.outcome());
        if shared.level == Level::Verbose {
            shared.say(&escaped(&exchange.to_string()), 2);
        }
    }

    /// Segments have arrived.
    pub(crate) fn segments(&self, count: usize) {
        self.lock().tally.segments += count as u64;
    }

    /// Draws the progress line anew.
    pub(crate) fn draw(&self) {
        let mut shared = self.lock();
        if shared.draws {
            let line = shared.tally.to_string();
            let line = cut(&line, width());
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

impl Tally {
    fn new() -> Self {
        Self { since: Instant::now(), segments: 0, pages: 0, failures: 0, wait: None }
    }

    fn count(&mut self, outcome: &Outcome) {
        match outcome {
            Outcome::Page { .. } => self.pages += 1,
            Outcome::Retry { after, .. } => {
                self.failures += 1;
                self.wait = self.wait.max(Instant::now().checked_add(*after));
            }
            _ => {}
        }
    }
}

impl Display for Tally {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let seconds = self.since.elapsed().as_secs();
        let plural = |count| if count == 1 { "" } else { "s" };
        f.write_str("Reading: ")?;
        if self.segments > 0 {
            write!(f, "{} segment{}, ", self.segments, plural(self.segments))?;
        }
        write!(f, "{} page{}, {seconds} s", self.pages, plural(self.pages))?;
        match self.failures {
            0 => {}
            1 => write!(f, ", 1 failed try")?,
            n => write!(f, ", {n} failed tries")?,
        }
        match self.wait.map(|wait| wait.saturating_duration_since(Instant::now()).as_secs()) {
            None | Some(0) => Ok(()),
            Some(seconds) => write!(f, ", waiting {seconds} s for the next"),
        }
    }
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

    #[test]
    fn the_line_tells_of_waits() {
        let mut tally = Tally::new();
        tally.count(&Outcome::Page { rows: 100 });
        tally.segments = 100;
        assert_eq!(tally.to_string(), "Reading: 100 segments, 1 page, 0 s");
        tally.failures = 2;
        tally.wait = Instant::now().checked_add(Duration::from_millis(41_900));
        let expected =
            "Reading: 100 segments, 1 page, 0 s, 2 failed tries, waiting 41 s for the next";
        assert_eq!(tally.to_string(), expected);
    }
}
