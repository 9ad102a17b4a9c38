//! Batches of segments, over either transport.

use std::thread;

use segments_core::{Error, Exchange, Report, Segment};
use tokio::sync::mpsc;

use crate::args::Transport;
use crate::config::{self, Config};
use crate::exit::Problem;
use crate::progress::Console;

/// An export under way.
pub(crate) enum Source {
    Hyper(Box<segments_hyper::Reader>),
    Blocking { news: mpsc::Receiver<News>, report: Box<Report>, ended: bool },
}

/// What the thread of the blocking transport has to say, and the report as of then.
pub(crate) struct News {
    batch: Option<Result<Vec<Segment>, Error>>,
    report: Box<Report>,
}

impl Source {
    /// Nothing is sent over hyper before the first batch is asked for.
    pub(crate) fn new(
        export: segments_core::Export,
        transport: Transport,
        config: &Config,
        console: &Console,
    ) -> Result<Self, Problem> {
        let observer = {
            let console = console.clone();
            move |exchange: &Exchange| console.exchange(exchange)
        };
        match transport {
            Transport::Hyper => {
                let reader = segments_hyper::Reader::new(export, hyper_client(config)?);
                Ok(Self::Hyper(Box::new(reader.on_exchange(observer))))
            }
            Transport::Blocking => {
                let reader = segments_blocking::Reader::new(export, agent(config)?);
                Self::on_thread(reader.on_exchange(observer))
            }
        }
    }

    fn on_thread(mut reader: segments_blocking::Reader) -> Result<Self, Problem> {
        let report = Box::new(reader.report());
        let (send, news) = mpsc::channel(1);
        let carry = move || {
            loop {
                let batch = reader.next_batch();
                let last = !matches!(batch, Some(Ok(_)));
                let news = News { batch, report: Box::new(reader.report()) };
                if send.blocking_send(news).is_err() || last {
                    break;
                }
            }
        };
        thread::Builder::new().name("export".to_owned()).spawn(carry).map_err(|error| {
            Problem::usage(format!("cannot start a thread: {error}"), "Use --transport hyper")
        })?;
        Ok(Self::Blocking { news, report, ended: false })
    }

    /// The next segments; `None` when the goal is reached, and never otherwise. Cancellation safe.
    pub(crate) async fn next_batch(&mut self) -> Option<Result<Vec<Segment>, Error>> {
        match self {
            Self::Hyper(reader) => reader.next_batch().await,
            Self::Blocking { ended: true, .. } => None,
            Self::Blocking { news, report, ended } => {
                // Without a last word the thread has panicked, which must not look like an end.
                let News { batch, report: now } = news.recv().await.expect("a last word");
                *report = now;
                *ended = !matches!(batch, Some(Ok(_)));
                batch
            }
        }
    }

    /// What has been done and proven so far.
    pub(crate) fn report(&self) -> Report {
        match self {
            Self::Hyper(reader) => reader.report(),
            Self::Blocking { report, .. } => Report::clone(report),
        }
    }
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
