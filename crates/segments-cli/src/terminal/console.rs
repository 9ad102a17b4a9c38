//! Standard error: messages, and one progress line that erases itself.

use std::borrow::Cow;
use std::io::{self, IsTerminal, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use segments_core::export::Exchange;

use serde_json::{Value, json};

use super::json::JsonMessages;
use super::level::Level;
use super::progress::ProgressCounters;
use super::workspaces::WorkspaceCounters;
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
    progress: Arc<Mutex<ProgressCounters>>,
    /// The one of several workspaces that messages are about.
    workspace: Option<Arc<str>>,
}

#[derive(Debug)]
struct Shared {
    level: Level,
    json: JsonMessages,
    has_progress_line: bool,
    is_drawn: bool,
    /// What the progress line is about, if there are several workspaces.
    workspaces: Option<WorkspaceCounters>,
}

impl Console {
    pub(crate) fn new(level: Level, json: JsonMessages) -> Self {
        let is_dumb = std::env::var_os("TERM").is_none_or(|term| term.is_empty() || term == "dumb");
        // Some build servers have a terminal whose log keeps every line.
        let is_build = std::env::var_os("CI").is_some_and(|ci| !ci.is_empty());
        let is_animated = io::stderr().is_terminal() && !is_dumb && !is_build;
        let has_progress_line = level > Level::Quiet && !json.log && is_animated;

        let progress = ProgressCounters::new(Instant::now());
        let shared = Shared { level, json, has_progress_line, is_drawn: false, workspaces: None };
        Self {
            shared: Arc::new(Mutex::new(shared)),
            progress: Arc::new(Mutex::new(progress)),
            workspace: None,
        }
    }

    /// Another one like it, with a progress line that begins anew.
    pub(crate) fn renewed(&self) -> Self {
        let (level, json) = {
            let shared = self.lock();
            (shared.level, shared.json)
        };
        Self::new(level, json)
    }

    /// From now on the progress line is about so many workspaces.
    pub(crate) fn count_workspaces(&self, total: u64) {
        self.lock().workspaces = Some(WorkspaceCounters::new(total, Instant::now()));
    }

    /// The same standard error for one of them, whose name every message begins with.
    pub(crate) fn of_workspace(&self, name: &str) -> Self {
        let progress = ProgressCounters::new(Instant::now());
        Self {
            shared: Arc::clone(&self.shared),
            progress: Arc::new(Mutex::new(progress)),
            workspace: Some(name.into()),
        }
    }

    /// Whether this is about one of several workspaces.
    pub(crate) fn is_of_workspace(&self) -> bool {
        self.workspace.is_some()
    }

    /// This workspace has ended.
    pub(crate) fn workspace_ended(&self, is_whole: bool) {
        self.in_flight(0);
        if let Some(workspaces) = &mut self.lock().workspaces {
            workspaces.ended(is_whole);
        }
    }

    /// Why the program fails: one line for what happened, one for what to do next.
    pub(crate) fn error(&self, error: &CommandError) {
        let mut shared = self.lock();
        if shared.json.errors {
            let exit_code = error.exit() as u8;
            shared.print_json("error", None, &json!({ "error": error, "exit_code": exit_code }));
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
        self.lock().log("warning", "Warning: ", self.workspace.as_deref(), text);
    }

    /// What is good to know.
    pub(crate) fn note(&self, text: &str) {
        let mut shared = self.lock();
        if shared.level > Level::Quiet {
            shared.log("info", "", self.workspace.as_deref(), text);
        }
    }

    /// A table. Programs that read lines of JSON have its rows already.
    pub(crate) fn table(&self, lines: impl FnOnce(Option<usize>) -> Vec<String>) {
        let mut shared = self.lock();
        if shared.level == Level::Quiet || shared.json.log {
            return;
        }
        for line in lines(io::stderr().is_terminal().then(width)) {
            shared.print(&line, 0);
        }
    }

    /// What the user asked for: printed also with `--quiet`.
    pub(crate) fn print(&self, text: &str) {
        self.lock().log("info", "", self.workspace.as_deref(), text);
    }

    /// Counts a request with its outcome, and logs it if the user wants that.
    pub(crate) fn exchange(&self, exchange: &Exchange) {
        let mut progress = self.progress();
        progress.count(exchange, Instant::now());
        let mut shared = self.lock();
        shared.log_exchange(exchange, self.workspace.as_deref());
        shared.announce_wait(&mut progress, self.workspace.as_deref());
    }

    /// Logs a request of a replay, which waits for nothing.
    pub(crate) fn replayed(&self, exchange: &Exchange) {
        self.lock().log_exchange(exchange, self.workspace.as_deref());
    }

    /// No request may be sent for this time: an earlier run was rate limited.
    pub(crate) fn rate_limited(&self, time: Duration) {
        let mut progress = self.progress();
        progress.rate_limited(time, Instant::now());
        self.lock().announce_wait(&mut progress, self.workspace.as_deref());
    }

    /// Counts segments for the progress line.
    pub(crate) fn add_segments(&self, count: usize) {
        self.progress().add_segments(count);
        if let Some(workspaces) = &mut self.lock().workspaces {
            workspaces.add_segments(count);
        }
    }

    /// So many requests have no response yet.
    pub(crate) fn in_flight(&self, requests: usize) {
        let before = self.progress().in_flight(requests);
        if let Some(workspaces) = &mut self.lock().workspaces {
            workspaces.in_flight(before, requests);
        }
    }

    /// Draws the progress line anew, unless it is about several workspaces and this is one of them.
    pub(crate) fn draw_progress(&self) {
        let progress = self.progress();
        let mut shared = self.lock();
        if shared.has_progress_line && self.workspace.is_none() {
            let now = Instant::now();
            let line = match &shared.workspaces {
                Some(workspaces) => workspaces.line(width(), now),
                None => progress.line(width(), now),
            };
            let _ = write!(io::stderr(), "{ERASE}{line}");
            shared.is_drawn = true;
        }
    }

    /// Erases the progress line, before data goes to the same terminal.
    pub(crate) fn erase_progress(&self) {
        self.lock().erase_progress();
    }

    /// Locked before `shared`, if both are.
    fn progress(&self) -> MutexGuard<'_, ProgressCounters> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn lock(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Shared {
    fn log_exchange(&mut self, exchange: &Exchange, workspace: Option<&str>) {
        if self.level == Level::Verbose && self.json.log {
            self.print_json("debug", workspace, &json!({ "request": exchange }));
        } else if self.level == Level::Verbose {
            let line = without_number(&exchange.to_string());
            self.print(&escaped(&about(workspace, &line)), 2);
        }
    }

    /// Without a progress line a long wait looks like a program that hangs. One about several
    /// workspaces does not show the waits of each.
    fn announce_wait(&mut self, progress: &mut ProgressCounters, workspace: Option<&str>) {
        let is_on_progress_line = self.has_progress_line && workspace.is_none();
        if is_on_progress_line || self.level == Level::Quiet {
            return;
        }
        if let Some(line) = progress.new_wait(Instant::now()) {
            self.log("info", "", workspace, &line);
        }
    }

    /// Prints a message, as text behind `label`.
    fn log(&mut self, level: &str, label: &str, workspace: Option<&str>, text: &str) {
        if self.json.log {
            self.print_json(level, workspace, &json!({ "message": text }));
        } else {
            self.print(&format!("{label}{}", escaped(&about(workspace, text))), 0);
        }
    }

    /// Prints one line of JSON, with the time if it is one of a log.
    fn print_json(&mut self, level: &str, workspace: Option<&str>, facts: &Value) {
        let mut line = json!({ "level": level });
        if self.json.log {
            line["time"] = jiff::Timestamp::now().to_string().into();
        }
        if let Some(workspace) = workspace {
            line["workspace"] = workspace.into();
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

/// A message, and the workspace that it is about.
fn about<'t>(workspace: Option<&str>, text: &'t str) -> Cow<'t, str> {
    match workspace {
        Some(workspace) => Cow::Owned(format!("{workspace}: {text}")),
        None => Cow::Borrowed(text),
    }
}

/// The columns of the terminal. The last stays free: some terminals wrap as soon as it is filled.
fn width() -> usize {
    let width = terminal_size::terminal_size_of(io::stderr()).map_or(80, |size| size.0.0);
    usize::from(width.saturating_sub(1))
}
