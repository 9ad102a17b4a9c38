//! A list that is read again and again, and what has changed since the last time.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use segments_core::{Api, Export, List, Report, Segment};
use segments_hyper::Client;

use super::events::emit;
use crate::args::{Tracking, has_flag};
use crate::changes::{Change, ChangeCounts, Event, Proof, State, compare};
use crate::config::{Config, Environment, paths, refuse_key_in_argument};
use crate::error::CommandError;
use crate::files::Sink;
use crate::output::EventOrigin;
use crate::signal::{Signals, run_blocking};
use crate::state_file::StateFile;
use crate::terminal::Console;
use crate::transfer::{OutputMode, Source, client, collect};

/// A list that was read, or why it could not be.
pub(super) struct Reading {
    pub(super) report: Report,
    pub(super) list: Result<Vec<Segment>, CommandError>,
}

/// Why changes were not written, or not kept.
pub(super) enum NotApplied {
    /// Standard output takes no more, of any list.
    Stdout(CommandError),
    Own(CommandError),
}

impl From<CommandError> for NotApplied {
    fn from(error: CommandError) -> Self {
        Self::Own(error)
    }
}

impl From<NotApplied> for CommandError {
    fn from(why: NotApplied) -> Self {
        let (NotApplied::Stdout(error) | NotApplied::Own(error)) = why;
        error
    }
}

/// A state and where to read.
pub(super) struct Tracker {
    args: Arc<Tracking>,
    config: Config,
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
        args.limits.timeouts.connect()?;
        // Before a list is read for nothing.
        Sink::open_stdout()?;

        let (args, console) = (Arc::new(args), console.clone());
        let opening = move || {
            let files = paths::check_tracking(&args, report.as_deref())?;
            let config = Config::new(&args.connection, &Environment::read(), files, &console)?;
            let state = args.state.clone().expect("the command line has one, or many workspaces");
            Self::with(args, config, &state)
        };
        run_blocking(opening, None, signals).await
    }

    /// Opens the state, whose list is read from there.
    pub(super) fn with(
        args: Arc<Tracking>,
        config: Config,
        state: &Path,
    ) -> Result<Self, CommandError> {
        let api = Api::new(config.endpoint.clone(), config.key.clone())
            .replacing_invalid_text(args.replace_invalid_text);
        let file = StateFile::open(state, &api, args.accept_new_key)?;
        Ok(Self { args, config, api, file })
    }

    pub(super) fn api(&self) -> &Api {
        &self.api
    }

    pub(super) fn config(&self) -> &Config {
        &self.config
    }

    /// A client for a reading.
    pub(super) fn client(&self) -> Result<Client, CommandError> {
        let limits = &self.args.limits;
        client(&self.config, limits.timeouts.connect()?, limits.max_head)
    }

    /// Reads the whole list.
    pub(super) async fn read(
        &self,
        client: Client,
        console: &Console,
        signals: &mut Signals,
    ) -> Reading {
        let export = Export::new(self.api.clone(), self.args.plan());
        let (list, mode) = (List::default(), OutputMode::Whole);
        let endpoint = self.config.endpoint.clone();
        let mut source = Source::new(export, list, mode, endpoint, client, None, console);
        let list = collect(&mut source, console, signals).await;
        console.erase_progress();

        // The goal that an advice names is a walk, which proves no removal.
        let is_offered = |flag: &str| flag != "--goal" && has_flag("sync", flag);
        let list = list.map_err(|error| error.for_command(is_offered));
        Reading { report: source.report(), list }
    }

    /// Writes what has changed to standard output, with the name of the workspace if it is one of many,
    /// and then replaces the state.
    pub(super) fn apply(
        &mut self,
        list: &[Segment],
        report: &Report,
        workspace: Option<&str>,
        signals: &Signals,
    ) -> Result<ChangeCounts, NotApplied> {
        let events = compare(self.file.state(), list, Proof::of(report));
        self.check_removed(&events)?;

        // In this order: if the process ends in between, the next one writes the events again.
        let at = report.interval.and_then(|interval| interval.to);
        emit(&events, EventOrigin { workspace, at }, self.args.events.format)
            .map_err(NotApplied::Stdout)?;
        let state = self.file.state().cloned().unwrap_or_default().after(&events);
        signals.hold(|| self.file.replace(&self.api, state))?;

        Ok(ChangeCounts::of(&events))
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
