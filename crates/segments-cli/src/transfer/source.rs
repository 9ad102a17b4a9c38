//! Segments as they come, or as a whole list.

use std::future;
use std::time::Duration;

use segments_core::export::Exchange;
use segments_core::{Batch, Checkpoint, Endpoint, Export, List, Report, Segment};
use segments_hyper::Client;

use super::feed::{Feed, Transport};
use crate::checkpoint::{Saver, Store};
use crate::config::{Config, invalid_proxy};
use crate::error::CommandError;
use crate::terminal::Console;

/// An export under way.
pub(crate) struct Source {
    feed: Feed,
    console: Console,
    output_mode: OutputMode,
    list: List,
    /// What the export says of a whole list, once its goal is reached.
    finished: Option<Report>,
    /// How many of the list in its final form were handed out.
    handed_out: usize,
    endpoint: Endpoint,
    saver: Option<Saver>,
    has_ended: bool,
}

/// How many segments of a whole list are handed out together.
const PART: usize = 10_000;

/// When segments are handed out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OutputMode {
    /// As they come: what a walk has read does not change any more, and others want it so.
    Streamed,
    /// All at the end.
    Whole,
}

impl OutputMode {
    /// The mode of an export that hands segments out as they come, or of another.
    pub(crate) fn of(is_streamed: bool) -> Self {
        if is_streamed { Self::Streamed } else { Self::Whole }
    }
}

impl Source {
    /// Goes on with `export`, which reads from `endpoint` and whose segments so far are in `list`.
    /// Sends nothing before the first segments are asked for.
    pub(crate) fn new(
        export: Export,
        list: List,
        output_mode: OutputMode,
        endpoint: Endpoint,
        transport: impl Into<Transport>,
        saver: Option<Saver>,
        console: &Console,
    ) -> Self {
        let console = console.clone();
        console.add_segments(list.len());
        // An export that was resumed may have to wait for the end of a rate limit.
        if export.poll_fetches(Duration::ZERO).is_empty() {
            console.rate_limited(export.poll_timeout(Duration::ZERO).unwrap_or_default());
        }

        let (log, pages) = (console.clone(), saver.as_ref().map(Saver::pages));
        let observer = move |exchange: &Exchange| {
            log.exchange(exchange);
            if let Some(pages) = &pages {
                pages.count_exchange(exchange.outcome());
            }
        };
        let feed = Feed::new(export, transport.into(), observer);
        Self {
            feed,
            console,
            output_mode,
            list,
            finished: None,
            handed_out: 0,
            endpoint,
            saver,
            has_ended: false,
        }
    }

    /// The next segments; `None` after the last, when the goal is reached.
    ///
    /// Dropping the future loses nothing.
    pub(crate) async fn next_segments(&mut self) -> Option<Result<Vec<Segment>, CommandError>> {
        loop {
            match self.next_rows().await? {
                Ok(Batch::Segments(segments)) => return Some(Ok(segments)),
                Ok(Batch::Updates(_)) => {}
                Err(error) => return Some(Err(error)),
            }
        }
    }

    /// The same, and what was edited since it was handed out.
    pub(crate) async fn next_rows(&mut self) -> Option<Result<Batch, CommandError>> {
        while !self.has_ended {
            let batch = match self.next_batch().await {
                Some(Ok(batch)) => batch,
                Some(Err(error)) => {
                    self.has_ended = true;
                    return Some(Err(error));
                }
                None => {
                    self.has_ended = true;
                    let is_whole = self.output_mode == OutputMode::Whole;
                    self.finished = is_whole.then(|| self.report());
                    break;
                }
            };

            if let Batch::Segments(segments) = &batch {
                self.console.add_segments(segments.len());
            }
            match self.output_mode {
                OutputMode::Streamed => return Some(Ok(batch)),
                OutputMode::Whole => self.list.apply(batch),
            }
        }
        self.next_part().map(Ok)
    }

    /// The next segments of a whole list. It stays in memory until it is written, so not all of it is
    /// copied at once.
    fn next_part(&mut self) -> Option<Batch> {
        let report = self.finished.as_ref()?;
        let places = self.handed_out..self.handed_out + PART;
        self.handed_out = places.end;

        let part = self.list.finished(report, places);
        (!part.is_empty()).then_some(Batch::Segments(part))
    }

    /// The next batch. Saves the export while it waits.
    async fn next_batch(&mut self) -> Option<Result<Batch, CommandError>> {
        loop {
            let due = async {
                match &self.saver {
                    Some(saver) => saver.due().await,
                    None => future::pending().await,
                }
            };
            tokio::select! {
                biased;
                () = due => {}
                batch = self.feed.next_batch(&self.endpoint, &self.console) => return batch,
            }
            self.save();
        }
    }

    fn save(&mut self) {
        let Some(mut saver) = self.saver.take() else { return };

        match self.checkpoint() {
            Some((checkpoint, list)) => {
                if let Some(error) = saver.save(&checkpoint, list) {
                    self.console.warn(&error.to_string());
                }
            }
            None => saver.skip(),
        }
        self.saver = Some(saver);
    }

    /// Ends saving, and hands back the place.
    pub(crate) fn take_store(&mut self) -> Option<Store> {
        self.saver.take().map(Saver::into_store)
    }

    /// The segments that were not handed out yet, in their order as far as it is known.
    pub(crate) fn seen(&self) -> Vec<Segment> {
        self.list.finished(&self.report(), self.handed_out..usize::MAX)
    }

    /// The state of the export, with these segments as they came, if any page was read.
    pub(crate) fn checkpoint(&self) -> Option<(Checkpoint, &List)> {
        if self.report().pages == 0 {
            return None;
        }
        Some((self.feed.checkpoint()?, &self.list))
    }

    /// What has been done and proven so far.
    pub(crate) fn report(&self) -> Report {
        self.feed.report()
    }

    /// The clock of the export.
    pub(crate) fn elapsed(&self) -> Duration {
        self.feed.elapsed()
    }
}

/// The client that reaches the endpoint of `config`, each connection within `connect_timeout`.
pub(crate) fn client(
    config: &Config,
    connect_timeout: Duration,
    max_head: usize,
) -> Result<Client, CommandError> {
    let invalid_client =
        |error: &dyn std::fmt::Display| CommandError::usage(error.to_string(), "See --ca-file");

    let mut builder = Client::builder().connect_timeout(connect_timeout).max_head(max_head);
    if let Some(proxy) = &config.proxy {
        builder = builder.proxy(proxy).map_err(|_| invalid_proxy())?;
    }
    if let Some(pem) = &config.roots {
        builder = builder.add_root_pem(pem).map_err(|error| invalid_client(&error))?;
    }
    if !config.endpoint.is_https() {
        builder = builder.plain_http();
    }
    builder.build().map_err(|error| invalid_client(&error))
}
