//! Standard error: messages, and one progress line that erases itself.

use std::io::{self, IsTerminal, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use segments_core::export::Exchange;

use serde_json::{Value, json};

use super::json::JsonMessages;
use super::level::Level;
use super::progress::ProgressCounters;
use crate::error::CommandError;
use crate::text::escape::escaped;
use crate::text::os_error::without_number;
use crate::text::wrap::wrap;

/// Between two drawings of the progress line.
pub(crate) const PERIOD: Duration = Duration::from_millis(100);

const ERROR: &str = "Error: ";

const ERASE: &str = "\r\x1b[K";

/// Standard error. Clones share it.
#[derive(Debug, Clone)]
pub(crate) struct Console {
    shared: Arc<Mutex<Shared>>,
}

#[derive(Debug)]
struct Shared {
    level: Level,
    json: JsonMessages,
    has_progress_line: bool,
    is_drawn: bool,
    progress: ProgressCounters,
}

impl Console {
    pub(crate) fn new(level: Level, json: JsonMessages) -> Self {
        let is_dumb = std::env::var_os("TERM").is_none_or(|term| term.is_empty() || term == "dumb");
        let has_progress_line =
            level > Level::Quiet && !json.log && !is_dumb && io::stderr().is_terminal();

        let progress = ProgressCounters::new(Instant::now());
        let shared = Shared { level, json, has_progress_line, is_drawn: false, progress };
        Self { shared: Arc::new(Mutex::new(shared)) }
    }

    /// Another one like it, with a progress line that begins anew.
    pub(crate) fn renewed(&self) -> Self {
        let (level, json) = {
            let shared = self.lock();
            (shared.level, shared.json)
        };
        Self::new(level, json)
    }

    /// Why the program fails: one line for what happened, one for what to do next.
    pub(crate) fn error(&self, error: &CommandError) {
        let mut shared = self.lock();
        if shared.json.errors {
            let exit_code = error.exit() as u8;
            shared.print_json("error", &json!({ "error": error, "exit_code": exit_code }));
            return;
        }

        let (message, advice) = error.sentences();
        let indent = ERROR.len();

        shared.print(&format!("{ERROR}{message}"), indent);
        if !advice.is_empty() {
            shared.print(&format!("{:indent$}{advice}", ""), indent);
        }
    }

    /// What the user must know, also with `--quiet`.
    pub(crate) fn warn(&self, text: &str) {
        self.lock().log("warning", "Warning: ", text);
    }

    /// What is good to know.
    pub(crate) fn note(&self, text: &str) {
        let mut shared = self.lock();
        if shared.level > Level::Quiet {
            shared.log("info", "", text);
        }
    }

    /// What the user asked for: printed also with `--quiet`.
    pub(crate) fn print(&self, text: &str) {
        self.lock().log("info", "", text);
    }

    /// Counts a request with its outcome, and logs it if the user wants that.
    pub(crate) fn exchange(&self, exchange: &Exchange) {
        let mut shared = self.lock();
        shared.progress.count(exchange, Instant::now());
        shared.log_exchange(exchange);
        shared.announce_wait();
    }

    /// Logs a request of a replay, which waits for nothing.
    pub(crate) fn replayed(&self, exchange: &Exchange) {
        self.lock().log_exchange(exchange);
    }

    /// No request may be sent for this time: an earlier run was rate limited.
    pub(crate) fn rate_limited(&self, time: Duration) {
        let mut shared = self.lock();
        shared.progress.rate_limited(time, Instant::now());
        shared.announce_wait();
    }

    /// Counts segments for the progress line.
    pub(crate) fn add_segments(&self, count: usize) {
        self.lock().progress.add_segments(count);
    }

    /// Draws the progress line anew.
    pub(crate) fn draw_progress(&self) {
        let mut shared = self.lock();
        if shared.has_progress_line {
            let line = shared.progress.line(width(), Instant::now());
            let _ = write!(io::stderr(), "{ERASE}{line}");
            shared.is_drawn = true;
        }
    }

    /// Erases the progress line, before data goes to the same terminal.
    pub(crate) fn erase_progress(&self) {
        self.lock().erase_progress();
    }

    fn lock(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Shared {
    fn log_exchange(&mut self, exchange: &Exchange) {
        if self.level == Level::Verbose && self.json.log {
            self.print_json("debug", &json!({ "request": exchange }));
        } else if self.level == Level::Verbose {
            let line = without_number(&exchange.to_string());
            self.print(&escaped(&line), 2);
        }
    }

    /// Without a progress line a long wait looks like a program that hangs.
    fn announce_wait(&mut self) {
        if self.has_progress_line || self.level == Level::Quiet {
            return;
        }
        if let Some(line) = self.progress.new_wait(Instant::now()) {
            self.log("info", "", &line);
        }
    }

    /// Prints a message, as text behind `label`.
    fn log(&mut self, level: &str, label: &str, text: &str) {
        if self.json.log {
            self.print_json(level, &json!({ "message": text }));
        } else {
            self.print(&format!("{label}{}", escaped(text)), 0);
        }
    }

    /// Prints one line of JSON, with the time if it is one of a log.
    fn print_json(&mut self, level: &str, facts: &Value) {
        let mut line = json!({ "level": level });
        if self.json.log {
            line["time"] = jiff::Timestamp::now().to_string().into();
        }
        for (name, fact) in facts.as_object().into_iter().flatten() {
            line[name] = fact.clone();
        }

        self.erase_progress();
        let _ = io::stderr().write_all(format!("{line}\n").as_bytes());
    }

    /// Prints a line, on a terminal wrapped with this indent.
    fn print(&mut self, line: &str, indent: usize) {
        self.erase_progress();
        let is_terminal = io::stderr().is_terminal();
        let mut line = if is_terminal { wrap(line, width(), indent) } else { line.to_owned() };
        line.push('\n');

        // In one write, because others may write to the same terminal. If it fails, there is no
        // other place to report that.
        let _ = io::stderr().write_all(line.as_bytes());
    }

    fn erase_progress(&mut self) {
        if std::mem::take(&mut self.is_drawn) {
            let _ = write!(io::stderr(), "{ERASE}");
        }
    }
}

/// The columns of the terminal. The last stays free: some terminals wrap as soon as it is filled.
fn width() -> usize {
    let width = terminal_size::terminal_size_of(io::stderr()).map_or(80, |size| size.0.0);
    usize::from(width.saturating_sub(1))
}
