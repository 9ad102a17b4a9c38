//! Segments as they come, or as a whole list, over either transport.

use std::future;
use std::time::Duration;

use segments_core::{Checkpoint, Endpoint, Exchange, Export, List, News, Report, Segment};

use crate::args::Transport;
use crate::blocking;
use crate::checkpoint::Store;
use crate::config::{self, Config};
use crate::exit::Problem;
use crate::progress::Console;
use crate::saver::Saver;

/// An export under way.
pub(crate) struct Source {
    carrier: Carrier,
    console: Console,
    hands_on: HandsOn,
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
pub(crate) enum HandsOn {
    /// As they come: what a walk has read does not change any more.
    Each,
    /// All at the end. What was seen, and a checkpoint, can be had before.
    Whole,
}

enum Carrier {
    Hyper(Box<segments_hyper::Reader>),
    Blocking(Box<blocking::Reader>),
}

impl Source {
    /// Goes on with `export`, whose segments so far are in `list`. Nothing is sent over hyper
    /// before the first batch is asked for.
    pub(crate) fn new(
        export: Export,
        list: List,
        hands_on: HandsOn,
        transport: Transport,
        config: &Config,
        saver: Option<Saver>,
        console: &Console,
    ) -> Result<Self, Problem> {
        let console = console.clone();
        console.segments(list.len());
        if export.wanted(Duration::ZERO).is_empty() {
            console.pause(export.wake_at(Duration::ZERO).unwrap_or_default());
        }
        let (log, pages) = (console.clone(), saver.as_ref().map(Saver::pages));
        let observer = move |exchange: &Exchange| {
            log.exchange(exchange);
            if let Some(pages) = &pages {
                pages.tell(exchange.outcome());
            }
        };
        let carrier = match transport {
            Transport::Hyper => {
                let client = hyper_client(config, export.plan().max_head)?;
                let reader = segments_hyper::Reader::new(export, client);
                Carrier::Hyper(Box::new(reader.on_exchange(observer)))
            }
            Transport::Blocking => {
                let reader = blocking::Reader::new(export, agent(config)?, observer)?;
                Carrier::Blocking(Box::new(reader))
            }
        };
        let endpoint = config.endpoint.clone();
        Ok(Self { carrier, console, hands_on, list, endpoint, room: None, saver, ended: false })
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
    pub(crate) async fn next_batch(&mut self) -> Option<Result<Vec<Segment>, Problem>> {
        while !self.ended {
            let carrier = &mut self.carrier;
            let next = async {
                match carrier {
                    Carrier::Hyper(reader) => reader.next_news().await,
                    Carrier::Blocking(reader) => reader.next_news().await,
                }
            };
            let due = async {
                match &self.saver {
                    Some(saver) => saver.due().await,
                    None => future::pending().await,
                }
            };
            let news = tokio::select! {
                biased;
                () = due => {
                    self.save();
                    continue;
                }
                news = next => news,
            };
            if let Some(Ok(News::Segments(batch))) = &news {
                self.console.segments(batch.len());
                if let Err(problem) = self.make_room(batch) {
                    self.ended = true;
                    return Some(Err(problem));
                }
            }
            match (news, self.hands_on) {
                (Some(Ok(News::Segments(batch))), HandsOn::Each) => return Some(Ok(batch)),
                (Some(Ok(news)), _) => self.list.take(news),
                (Some(Err(error)), _) => {
                    self.ended = true;
                    return Some(Err(Problem::Export(error.into(), self.endpoint.clone())));
                }
                (None, hands_on) => {
                    self.ended = true;
                    return (hands_on == HandsOn::Whole).then(|| Ok(self.seen()));
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

    fn make_room(&mut self, batch: &[Segment]) -> Result<(), Problem> {
        let Some(room) = &mut self.room else { return Ok(()) };
        let text = |segment: &Segment| {
            let tags: usize = segment.tags().map(str::len).sum();
            segment.id().len() + segment.name().len() + tags + HANDLE
        };
        let needed = batch.iter().map(text).sum();
        *room = room.checked_sub(needed).ok_or(Problem::NoRoom)?;
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
        let checkpoint = match &self.carrier {
            Carrier::Hyper(reader) => reader.checkpoint(),
            Carrier::Blocking(reader) => reader.checkpoint(),
        };
        Some((checkpoint, &self.list))
    }

    /// What has been done and proven so far.
    pub(crate) fn report(&self) -> Report {
        match &self.carrier {
            Carrier::Hyper(reader) => reader.report(),
            Carrier::Blocking(reader) => reader.report(),
        }
    }
}

fn hyper_client(config: &Config, max_head: usize) -> Result<segments_hyper::Client, Problem> {
    let mut builder = segments_hyper::Client::builder().max_head(max_head);
    if let Some(proxy) = &config.proxy {
        builder = builder.proxy(proxy).map_err(|_| config::invalid_proxy())?;
    }
    if let Some(pem) = &config.roots {
        builder = builder.add_root_pem(pem).map_err(|error| client_problem(&error))?;
    }
    if !config.endpoint.is_https() {
        builder = builder.plain_http();
    }
    builder.build().map_err(|error| client_problem(&error))
}

fn agent(config: &Config) -> Result<ureq::Agent, Problem> {
    let mut builder = segments_blocking::AgentBuilder::new();
    if let Some(proxy) = &config.proxy {
        builder = builder.proxy(proxy).map_err(|_| config::invalid_proxy())?;
    }
    if let Some(pem) = &config.roots {
        builder = builder.add_root_pem(pem).map_err(|error| client_problem(&error))?;
    }
    if !config.endpoint.is_https() {
        builder = builder.plain_http();
    }
    builder.build().map_err(|error| client_problem(&error))
}

fn client_problem(error: &impl std::fmt::Display) -> Problem {
    Problem::usage(error.to_string(), "See --ca-file")
}
