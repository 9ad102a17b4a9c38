//! Segments as they come, or as a whole list.

use std::future;
use std::time::Duration;

use segments_core::export::Exchange;
use segments_core::{Batch, Checkpoint, Endpoint, Export, List, Report, Segment};
use segments_hyper::{Client, Reader};

use crate::checkpoint::saver::Saver;
use crate::checkpoint::store::Store;
use crate::config::connection::{self, Config};
use crate::error::CommandError;
use crate::terminal::console::Console;

/// An export under way.
pub(crate) struct Source {
    reader: Reader,
    console: Console,
    output_mode: OutputMode,
    list: List,
    endpoint: Endpoint,
    room: Option<usize>,
    saver: Option<Saver>,
    ended: bool,
}

/// What a segment costs beside its text, at most.
const HANDLE: usize = 64;

/// When segments are handed on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OutputMode {
    /// As they come: what a walk has read does not change any more.
    Each,
    /// All at the end. What was seen, and a checkpoint, can be had before.
    Whole,
}

impl Source {
    /// Goes on with `export`, whose segments so far are in `list`. Nothing is sent before
    /// the first batch is asked for.
    pub(crate) fn new(
        export: Export,
        list: List,
        output_mode: OutputMode,
        config: &Config,
        saver: Option<Saver>,
        console: &Console,
    ) -> Result<Self, CommandError> {
        let console = console.clone();
        console.segments(list.len());
        if export.poll_fetches(Duration::ZERO).is_empty() {
            console.pause(export.poll_timeout(Duration::ZERO).unwrap_or_default());
        }
        let (log, pages) = (console.clone(), saver.as_ref().map(Saver::pages));
        let observer = move |exchange: &Exchange| {
            log.exchange(exchange);
            if let Some(pages) = &pages {
                pages.tell(exchange.outcome());
            }
        };

        let client = client(config, export.plan().max_head)?;
        let reader = Reader::new(export, client).on_exchange(observer);
        let endpoint = config.endpoint.clone();
        Ok(Self { reader, console, output_mode, list, endpoint, room: None, saver, ended: false })
    }

    /// Takes what the export itself does not count: of a walk that is kept here or in the output,
    /// all segments together may take so many bytes.
    pub(crate) fn with_room(mut self, bytes: usize) -> Self {
        self.room = Some(bytes);
        self
    }

    /// The next segments; `None` when the goal is reached, and never otherwise.
    ///
    /// Dropping the future loses nothing.
    pub(crate) async fn next_segments(&mut self) -> Option<Result<Vec<Segment>, CommandError>> {
        while !self.ended {
            let due = async {
                match &self.saver {
                    Some(saver) => saver.due().await,
                    None => future::pending().await,
                }
            };
            let batch = tokio::select! {
                biased;
                () = due => {
                    self.save();
                    continue;
                }
                batch = self.reader.next_batch() => batch,
            };
            if let Some(Ok(Batch::Segments(batch))) = &batch {
                self.console.segments(batch.len());
                if let Err(problem) = self.make_room(batch) {
                    self.ended = true;
                    return Some(Err(problem));
                }
            }
            match (batch, self.output_mode) {
                (Some(Ok(Batch::Segments(batch))), OutputMode::Each) => return Some(Ok(batch)),
                (Some(Ok(batch)), _) => self.list.apply(batch),
                (Some(Err(error)), _) => {
                    self.ended = true;
                    return Some(Err(CommandError::Export(error.into(), self.endpoint.clone())));
                }
                (None, output_mode) => {
                    self.ended = true;
                    return (output_mode == OutputMode::Whole).then(|| Ok(self.seen()));
                }
            }
        }
        None
    }

    /// Saves what was read so far.
    fn save(&mut self) {
        let Some(mut saver) = self.saver.take() else { return };
        if let Some((checkpoint, list)) = self.checkpoint() {
            if let Some(problem) = saver.save(&checkpoint, list) {
                self.console.warn(&problem.to_string());
            }
        } else {
            saver.skip();
        }
        self.saver = Some(saver);
    }

    /// Where it was saved as it went, for what comes after it.
    pub(crate) fn take_store(&mut self) -> Option<Store> {
        self.saver.take().map(Saver::into_store)
    }

    fn make_room(&mut self, batch: &[Segment]) -> Result<(), CommandError> {
        let Some(room) = &mut self.room else { return Ok(()) };
        let text = |segment: &Segment| {
            let tags: usize = segment.tags().map(str::len).sum();
            segment.id().len() + segment.name().len() + tags + HANDLE
        };
        let needed = batch.iter().map(text).sum();
        *room = room.checked_sub(needed).ok_or(CommandError::NoRoom)?;
        Ok(())
    }

    /// The segments that were not handed on yet, in their order as far as it is known.
    pub(crate) fn seen(&self) -> Vec<Segment> {
        self.list.clone().finish(&self.report())
    }

    /// The same as they came, and the state of the export to go with them, if anything was read.
    pub(crate) fn checkpoint(&self) -> Option<(Checkpoint, &List)> {
        if self.report().pages == 0 {
            return None;
        }
        Some((self.reader.checkpoint(), &self.list))
    }

    /// What has been done and proven so far.
    pub(crate) fn report(&self) -> Report {
        self.reader.report()
    }
}

fn client(config: &Config, max_head: usize) -> Result<Client, CommandError> {
    let mut builder = Client::builder().max_head(max_head);
    if let Some(proxy) = &config.proxy {
        builder = builder.proxy(proxy).map_err(|_| connection::invalid_proxy())?;
    }
    if let Some(pem) = &config.roots {
        builder = builder.add_root_pem(pem).map_err(|error| client_problem(&error))?;
    }
    if !config.endpoint.is_https() {
        builder = builder.plain_http();
    }
    builder.build().map_err(|error| client_problem(&error))
}

fn client_problem(error: &impl std::fmt::Display) -> CommandError {
    CommandError::usage(error.to_string(), "See --ca-file")
}
