//! A list that is read again and again, and what has changed since the last time.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use segments_core::{Api, Export, List, Report, Segment};

use super::events::emit;
use crate::args::{Tracking, has_flag};
use crate::changes::{Change, Event, Proof, State, compare};
use crate::config::{Config, Environment, paths, refuse_key_in_argument};
use crate::error::CommandError;
use crate::files::Sink;
use crate::signal::{Signals, run_blocking};
use crate::state_file::StateFile;
use crate::terminal::Console;
use crate::transfer::{OutputMode, Source, client, collect};

/// A list that was read, or why it could not be.
pub(super) struct Reading {
    pub(super) report: Report,
    pub(super) list: Result<Vec<Segment>, CommandError>,
}

/// A state and where to read.
pub(super) struct Tracker {
    args: Arc<Tracking>,
    config: Config,
    connect_timeout: Duration,
    api: Api,
    file: StateFile,
}

impl Tracker {
    /// Opens everything that is needed. The state stays locked.
    pub(super) async fn open(
        args: Tracking,
        report: Option<PathBuf>,
        console: &Console,
        signals: &mut Signals,
    ) -> Result<Self, CommandError> {
        refuse_key_in_argument(args.connection.api_key.is_some())?;
        let connect_timeout = args.limits.timeouts.connect()?;
        // Before a list is read for nothing.
        Sink::open_stdout()?;

        let (args, console) = (Arc::new(args), console.clone());
        let opening = move || {
            let files = paths::check_tracking(&args, report.as_deref())?;
            let config = Config::new(&args.connection, &Environment::read(), files, &console)?;
            let api = Api::new(config.endpoint.clone(), config.key.clone())
                .replacing_invalid_text(args.replace_invalid_text);
            let file = StateFile::open(&args.state, &api, args.accept_new_key)?;
            Ok(Self { args, config, connect_timeout, api, file })
        };
        run_blocking(opening, None, signals).await
    }

    /// Reads the whole list.
    ///
    /// # Errors
    /// If nothing can be read at all. What else can fail is in the reading.
    pub(super) async fn read(
        &self,
        console: &Console,
        signals: &mut Signals,
    ) -> Result<Reading, CommandError> {
        let export = Export::new(self.api.clone(), self.args.plan());
        let client = client(&self.config, self.connect_timeout, export.plan().max_head)?;
        let (list, mode) = (List::default(), OutputMode::Whole);
        let endpoint = self.config.endpoint.clone();
        let mut source = Source::new(export, list, mode, endpoint, client, None, console);
        let list = collect(&mut source, console, signals).await;
        console.erase_progress();

        // The goal that an advice names is a walk, which proves no removal.
        let is_offered = |flag: &str| flag != "--goal" && has_flag("sync", flag);
        let list = list.map_err(|error| error.for_command(is_offered));
        Ok(Reading { report: source.report(), list })
    }

    /// Writes what has changed, and then replaces the state. Says whether anything has changed.
    pub(super) fn apply(
        &mut self,
        list: &[Segment],
        report: &Report,
        console: &Console,
        signals: &Signals,
    ) -> Result<bool, CommandError> {
        let events = compare(self.file.state(), list, Proof::of(report));
        self.check_removed(&events)?;

        // In this order: if the process ends in between, the next one writes the events again.
        emit(&events, report.interval.and_then(|interval| interval.to), &self.args.events)?;
        let state = self.file.state().cloned().unwrap_or_default().after(&events);
        signals.hold(|| self.file.replace(&self.api, state))?;

        console.note(&summary(&events, report));
        Ok(!events.is_empty())
    }

    /// That no more are removed than the user allows.
    fn check_removed(&self, events: &[Event]) -> Result<(), CommandError> {
        let listed = self.file.state().map_or(0, State::listed) as u64;
        let removed = events.iter().filter(|event| matches!(event.change, Change::Removed(_)));
        let removed = removed.count() as u64;
        match self.args.max_removed {
            Some(most) if !most.allows(removed, listed) => {
                Err(CommandError::TooManyRemoved { removed, listed, most: most.to_string() })
            }
            _ => Ok(()),
        }
    }
}

/// `2 created, 1 removed; ` and what was read.
fn summary(events: &[Event], report: &Report) -> String {
    let kinds = events.chunk_by(|one, next| one.change.name() == next.change.name());
    let counts = kinds.map(|kind| format!("{} {}", kind.len(), kind[0].change.words()));
    let counts = counts.collect::<Vec<_>>().join(", ");
    let changes = if counts.is_empty() { "nothing has changed" } else { &counts };
    format!("{changes}; {report}")
}
