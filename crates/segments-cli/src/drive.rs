//! Carries the messages of an export over hyper, and can be stopped and saved at any moment.
//!
//! `segments_hyper::Reader` passes edits over as it streams, and a checkpoint needs them.

use std::future::pending;
use std::panic::resume_unwind;
use std::time::Duration;

use http::Response;
use segments_core::{Checkpoint, Error, Export, Failure, Fetch, FetchId, Report, Step};
use segments_hyper::Client;
use tokio::task::{AbortHandle, Id, JoinError, JoinSet};
use tokio::time::{Instant, sleep_until};

use crate::attempt::attempt;
use crate::progress::Console;

/// An export and its requests in flight.
pub(crate) struct Drive {
    export: Export,
    client: Client,
    console: Console,
    flights: JoinSet<Landed>,
    in_flight: Vec<(FetchId, AbortHandle)>,
    zero: Option<Instant>,
    ended_at: Option<Duration>,
}

/// How one request ended.
type Landed = (Fetch, Result<Response<Vec<u8>>, Failure>);

impl Drive {
    /// Nothing is sent before the first step is asked for.
    pub(crate) fn new(export: Export, client: Client, console: Console) -> Self {
        let (flights, in_flight) = (JoinSet::new(), Vec::new());
        Self { export, client, console, flights, in_flight, zero: None, ended_at: None }
    }

    /// The next segments, updates, or the end. Dropping the future loses nothing.
    pub(crate) async fn step(&mut self) -> Result<Step, Error> {
        self.zero.get_or_insert_with(Instant::now);
        loop {
            let now = self.elapsed();
            let until = match self.export.next(now) {
                Ok(Step::Send(_)) => None,
                Ok(Step::Wait { until }) => Some(until),
                Ok(Step::Segments(batch)) => {
                    // The next pages are on their way while the caller works on this one.
                    self.take_off(now);
                    return Ok(Step::Segments(batch));
                }
                Ok(Step::Updates(updates)) => return Ok(Step::Updates(updates)),
                ended => {
                    self.ended_at.get_or_insert(now);
                    self.flights.abort_all();
                    return ended;
                }
            };
            self.take_off(now);
            let wake = self.export.wake_at(now).into_iter().chain(until).min();
            let alarm = self.zero.zip(wake).and_then(|(zero, wake)| zero.checked_add(wake));
            let ring = async {
                match alarm {
                    Some(alarm) => sleep_until(alarm).await,
                    None => pending().await,
                }
            };
            tokio::select! {
                Some(landed) = self.flights.join_next_with_id() => self.land(landed),
                () = ring => {}
            }
        }
    }

    /// What has been done and proven so far.
    pub(crate) fn report(&self) -> Report {
        self.export.report(self.elapsed())
    }

    /// The state as of the last step.
    pub(crate) fn checkpoint(&self) -> Checkpoint {
        self.export.checkpoint(self.elapsed())
    }

    fn elapsed(&self) -> Duration {
        let running = || self.zero.map_or(Duration::ZERO, |zero| zero.elapsed());
        self.ended_at.unwrap_or_else(running)
    }

    fn land(&mut self, landed: Result<(Id, Landed), JoinError>) {
        let (task, (fetch, result)) = match landed {
            Ok(landed) => landed,
            Err(error) if error.is_cancelled() => return,
            Err(error) => resume_unwind(error.into_panic()),
        };
        self.in_flight.retain(|(_, flight)| flight.id() != task);
        let now = self.elapsed();
        let exchange = match result {
            Ok(response) => self.export.receive(&fetch, now, &response),
            Err(failure) => self.export.fail(&fetch, now, failure),
        };
        self.console.exchange(&exchange);
    }

    /// Starts what is wanted and not in flight, within the window.
    fn take_off(&mut self, now: Duration) {
        let wanted = self.export.wanted(now);
        let window = usize::from(self.export.plan().window.max(1));
        for fetch in &wanted {
            if self.in_flight.iter().any(|(id, _)| *id == fetch.id()) {
                continue;
            }
            if self.in_flight.len() >= window && !self.make_room(&wanted) {
                break;
            }
            let (id, fetch) = (fetch.id(), fetch.clone());
            let (client, api) = (self.client.clone(), self.export.api().clone());
            let flight = self.flights.spawn(async move {
                let result = attempt(client, api, &fetch).await;
                (fetch, result)
            });
            self.in_flight.push((id, flight));
        }
    }

    /// Drops a flight that nobody wants any more, if there is one.
    fn make_room(&mut self, wanted: &[Fetch]) -> bool {
        let unwanted = |(id, _): &(FetchId, _)| wanted.iter().all(|fetch| fetch.id() != *id);
        let Some(position) = self.in_flight.iter().position(unwanted) else { return false };
        self.in_flight.swap_remove(position).1.abort();
        true
    }
}
