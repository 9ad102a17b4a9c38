//! Where the batches of an export come from.

use std::future::poll_fn;
use std::pin::pin;
use std::time::Duration;

use segments_core::export::Exchange;
use segments_core::{Batch, Checkpoint, Endpoint, Error, Export, Report};
use segments_hyper::{Client, Reader};

use crate::error::CommandError;
use crate::record::{Record, Recorder, Replay, Replayed};
use crate::terminal::Console;

/// What answers the requests of an export.
#[derive(Debug)]
pub(crate) enum Transport {
    /// A server, whose responses may be recorded.
    Network { client: Client, recorder: Option<Recorder> },
    /// What was recorded.
    Record(Box<Record>),
}

impl Transport {
    /// Who is told of the responses.
    pub(crate) fn recorder(&self) -> Option<Recorder> {
        match self {
            Self::Network { recorder, .. } => recorder.clone(),
            Self::Record(_) => None,
        }
    }
}

impl From<Client> for Transport {
    fn from(client: Client) -> Self {
        Self::Network { client, recorder: None }
    }
}

/// An export and its transport.
#[derive(Debug)]
pub(super) enum Feed {
    Network(Box<Reader>),
    Record(Box<Replay>),
}

impl Feed {
    /// `observer` is told of every request that a server answered, or did not.
    pub(super) fn new(
        export: Export,
        transport: Transport,
        observer: impl FnMut(&Exchange) + Send + 'static,
    ) -> Self {
        match transport {
            Transport::Network { client, recorder } => {
                let reader = Reader::new(export, client).on_exchange(observer);
                let reader = match recorder {
                    Some(recorder) => {
                        reader.on_recorded(move |exchange| recorder.exchange(&exchange))
                    }
                    None => reader,
                };
                Self::Network(Box::new(reader))
            }
            Transport::Record(record) => Self::Record(Box::new(Replay::new(export, *record))),
        }
    }

    /// The next batch; `None` after the last. Cancellation safe.
    pub(super) async fn next_batch(
        &mut self,
        endpoint: &Endpoint,
        console: &Console,
    ) -> Option<Result<Batch, CommandError>> {
        let failed = |error: Error| CommandError::export(error, endpoint.clone());
        let replay = match self {
            Self::Network(reader) => {
                return counted(reader, console).await.map(|batch| batch.map_err(failed));
            }
            Self::Record(replay) => replay,
        };

        loop {
            // Nothing else here waits, and a signal is to be noticed.
            tokio::task::yield_now().await;
            match replay.next() {
                Ok(Replayed::Batch(batch)) => return Some(Ok(batch)),
                Ok(Replayed::Exchange(exchange)) => console.replayed(&exchange),
                Ok(Replayed::End(outcome)) => return outcome.map_err(failed).err().map(Err),
                Err(error) => return Some(Err(error)),
            }
        }
    }

    /// The state of the export, unless it is one that has ended long ago.
    pub(super) fn checkpoint(&self) -> Option<Checkpoint> {
        match self {
            Self::Network(reader) => Some(reader.checkpoint()),
            Self::Record(_) => None,
        }
    }

    /// The clock of the export.
    pub(super) fn elapsed(&self) -> Duration {
        match self {
            Self::Network(reader) => reader.elapsed(),
            Self::Record(replay) => replay.elapsed(),
        }
    }

    /// What has been done and proven so far.
    pub(super) fn report(&self) -> Report {
        match self {
            Self::Network(reader) => reader.report(),
            Self::Record(replay) => replay.report(),
        }
    }
}

/// The next batch. The console knows all the time how many requests are in flight.
async fn counted(reader: &mut Reader, console: &Console) -> Option<Result<Batch, Error>> {
    poll_fn(|context| {
        // Dropping this future loses nothing.
        let polled = pin!(reader.next_batch()).poll(context);
        console.in_flight(reader.in_flight());
        polled
    })
    .await
}
