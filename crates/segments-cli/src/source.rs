//! Batches of segments, over either transport.

use std::thread;

use segments_core::{Error, Exchange, Export, Goal, Report, Segment};
use tokio::sync::mpsc;

use crate::args::Transport;
use crate::config::{self, Config};
use crate::exit::Problem;
use crate::progress::Console;

/// An export under way.
pub(crate) struct Source {
    reader: Reader,
    /// A walk is handed on as it comes. Any other goal is handed on when it is reached, since what
    /// was read before can still change.
    streams: bool,
    ended: bool,
}

enum Reader {
    Hyper(Box<segments_hyper::Reader>),
    Blocking { news: mpsc::Receiver<News>, report: Box<Report> },
}

/// What the thread of the blocking transport has to say, and the report as of then.
struct News {
    batch: Option<Result<Vec<Segment>, Error>>,
    report: Box<Report>,
}

impl Source {
    /// Nothing is sent over hyper before the first batch is asked for.
    pub(crate) fn new(
        export: Export,
        transport: Transport,
        config: &Config,
        console: &Console,
    ) -> Result<Self, Problem> {
        let streams = export.plan().goal == Goal::Walk;
        let console = console.clone();
        let observer = move |exchange: &Exchange| console.exchange(exchange);
        let reader = match transport {
            Transport::Hyper => {
                let reader = segments_hyper::Reader::new(export, hyper_client(config)?);
                Reader::Hyper(Box::new(reader.on_exchange(observer)))
            }
            Transport::Blocking => {
                let reader = segments_blocking::Reader::new(export, agent(config)?);
                on_thread(reader.on_exchange(observer), streams)?
            }
        };
        Ok(Self { reader, streams, ended: false })
    }

    /// The next segments; `None` when the goal is reached, and never otherwise.
    pub(crate) async fn next_batch(&mut self) -> Option<Result<Vec<Segment>, Error>> {
        if self.ended {
            return None;
        }
        let batch = match &mut self.reader {
            Reader::Hyper(reader) if self.streams => reader.next_batch().await,
            Reader::Hyper(reader) => {
                self.ended = true;
                Some(reader.collect_all().await.map(|(segments, _)| segments))
            }
            Reader::Blocking { news, report } => {
                // Without a last word the thread has panicked, which must not look like an end.
                let News { batch, report: now } = news.recv().await.expect("a last word");
                *report = now;
                batch
            }
        };
        self.ended |= !matches!(batch, Some(Ok(_)));
        batch
    }

    /// What has been done and proven so far.
    pub(crate) fn report(&self) -> Report {
        match &self.reader {
            Reader::Hyper(reader) => reader.report(),
            Reader::Blocking { report, .. } => Report::clone(report),
        }
    }
}

fn on_thread(mut reader: segments_blocking::Reader, streams: bool) -> Result<Reader, Problem> {
    let report = Box::new(reader.report());
    let (send, news) = mpsc::channel(1);
    let mut collected = false;
    let mut next = move || {
        let batch = if streams {
            reader.next_batch()
        } else if std::mem::replace(&mut collected, true) {
            None
        } else {
            Some(reader.collect_all().map(|(segments, _)| segments))
        };
        News { batch, report: Box::new(reader.report()) }
    };
    let carry = move || {
        loop {
            let news = next();
            let last = !matches!(news.batch, Some(Ok(_)));
            if send.blocking_send(news).is_err() || last {
                break;
            }
        }
    };
    thread::Builder::new().name("export".to_owned()).spawn(carry).map_err(|error| {
        Problem::usage(format!("cannot start a thread: {error}"), "Use --transport hyper")
    })?;
    Ok(Reader::Blocking { news, report })
}

/// The asynchronous client, with the proxy and the roots that were asked for.
pub(crate) fn hyper_client(config: &Config) -> Result<segments_hyper::Client, Problem> {
    let mut builder = segments_hyper::Client::builder();
    if let Some(proxy) = &config.proxy {
        builder = builder.proxy(proxy).map_err(|_| config::invalid_proxy())?;
    }
    if let Some(pem) = &config.roots {
        builder = builder.add_root_pem(pem).map_err(|error| client_problem(&error))?;
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
    builder.build().map_err(|error| client_problem(&error))
}

fn client_problem(error: &impl std::fmt::Display) -> Problem {
    Problem::usage(error.to_string(), "See --ca-file")
}
