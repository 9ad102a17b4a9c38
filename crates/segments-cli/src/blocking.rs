//! An export over the blocking transport: its requests are sent on a thread of their own.

use std::sync::mpsc::{self, Sender};
use std::thread;
use std::time::Duration;

use http::Response;
use segments_blocking::send;
use segments_core::{
    Batch, Checkpoint, Error, Exchange, Export, Fetch, Report, Step, TransportError,
};
use tokio::sync::mpsc::{Receiver, channel};
use tokio::time::{Instant, sleep};
use ureq::Agent;

use crate::exit::CommandError;

/// Reads segments, one request after the other.
///
/// The export stays on this side, so that its state can be had while an answer is waited for.
pub(crate) struct Reader {
    export: Export,
    observer: Box<dyn FnMut(&Exchange)>,
    requests: Sender<Fetch>,
    answers: Receiver<Answer>,
    under_way: bool,
    zero: Option<Instant>,
    ended_at: Option<Duration>,
}

type Answer = (Fetch, Result<Response<Vec<u8>>, TransportError>);

impl Reader {
    /// Starts the thread, which sends nothing yet.
    pub(crate) fn new(
        export: Export,
        agent: Agent,
        observer: impl FnMut(&Exchange) + 'static,
    ) -> Result<Self, CommandError> {
        let endpoint = export.api().endpoint().clone();
        let (requests, wanted) = mpsc::channel::<Fetch>();
        let (answer, answers) = channel(1);
        let carry = move || {
            for fetch in wanted {
                let result = send(&agent, &endpoint, &fetch);
                if answer.blocking_send((fetch, result)).is_err() {
                    break;
                }
            }
        };
        thread::Builder::new().name("export".to_owned()).spawn(carry).map_err(|error| {
            CommandError::usage(format!("cannot start a thread: {error}"), "Use --transport hyper")
        })?;
        let observer = Box::new(observer);
        let (under_way, zero, ended_at) = (false, None, None);
        Ok(Self { export, observer, requests, answers, under_way, zero, ended_at })
    }

    /// What comes next; `None` behind the end. Dropping the future loses nothing.
    pub(crate) async fn next_batch(&mut self) -> Option<Result<Batch, Error>> {
        if self.ended_at.is_some() {
            return None;
        }
        self.zero.get_or_insert_with(Instant::now);
        loop {
            let now = self.elapsed();
            match self.export.poll(now) {
                Ok(Step::Send(fetch)) => self.exchange(fetch).await,
                Ok(Step::Wait { until }) => sleep(until.saturating_sub(now)).await,
                Ok(Step::Segments(batch)) => return Some(Ok(Batch::Segments(batch))),
                Ok(Step::Updates(updates)) => return Some(Ok(Batch::Updates(updates))),
                Ok(Step::Done(_)) => {
                    self.ended_at = Some(now);
                    return None;
                }
                Err(error) => {
                    self.ended_at = Some(now);
                    return Some(Err(error));
                }
            }
        }
    }

    /// What has been done and proven so far.
    pub(crate) fn report(&self) -> Report {
        self.export.report()
    }

    /// The state of the export.
    pub(crate) fn checkpoint(&self) -> Checkpoint {
        self.export.checkpoint(self.elapsed())
    }

    async fn exchange(&mut self, fetch: Fetch) {
        // Without an answer the thread has panicked, which must not look like an end.
        const ALIVE: &str = "the thread answers everything";
        if !std::mem::replace(&mut self.under_way, true) {
            self.requests.send(fetch).expect(ALIVE);
        }
        let (fetch, result) = self.answers.recv().await.expect(ALIVE);
        self.under_way = false;
        let now = self.elapsed();
        let exchange = match result {
            Ok(response) => self.export.handle_response(&fetch, now, &response),
            Err(failure) => self.export.handle_failure(&fetch, now, failure),
        };
        (self.observer)(&exchange);
    }

    fn elapsed(&self) -> Duration {
        let running = || self.zero.map_or(Duration::ZERO, |zero| zero.elapsed());
        self.ended_at.unwrap_or_else(running)
    }
}
