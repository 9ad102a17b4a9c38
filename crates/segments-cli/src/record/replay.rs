//! An export over a record: the same calls at the same times, without a network and without waiting.

use std::collections::HashMap;
use std::time::Duration;

use segments_core::export::{Exchange, RecordedExchange};
use segments_core::{Batch, Error, Export, Fetch, Report, Step};

use super::line::End;
use super::reader::Record;
use crate::error::CommandError;

/// What a replay gives.
pub(crate) enum Replayed {
    /// Segments, or edits of segments.
    Batch(Batch),
    /// What became of a request.
    Exchange(Box<Exchange>),
    /// The export has ended as it did.
    End(Result<(), Error>),
}

/// An export under way.
#[derive(Debug)]
pub(crate) struct Replay {
    export: Export,
    record: Record,
    /// The clock of the export.
    now: Duration,
    /// The exchanges by the order of their requests, of which so many were given.
    order: Vec<(u64, usize)>,
    given: usize,
    /// Requests without a result, by the number of their exchange.
    in_flight: HashMap<usize, (Fetch, RecordedExchange)>,
    /// How many results were handed in.
    handed_in: usize,
    is_last_call: bool,
}

impl Replay {
    pub(crate) fn new(mut export: Export, record: Record) -> Self {
        let order = record.in_order_of_requests();
        let mut now = Duration::ZERO;
        // From the first call on the report counts; a resumed export does so from zero.
        if let (true, false, Some(end)) = (order.is_empty(), record.is_resumed, record.end) {
            now = end.at.saturating_sub(end.elapsed);
            let _ = export.poll(now);
        }

        Self {
            export,
            record,
            now,
            order,
            given: 0,
            in_flight: HashMap::new(),
            handed_in: 0,
            is_last_call: false,
        }
    }

    /// What comes next: every exchange, and then what came of them.
    ///
    /// The batches come at the end, because an export must not be asked too early whether it has
    /// ended: a reader hands in all that has arrived before it asks.
    ///
    /// # Errors
    /// If the record does not fit this export, or ends too early; or the signal that stopped it.
    pub(crate) fn next(&mut self) -> Result<Replayed, CommandError> {
        if self.handed_in < self.record.len() {
            self.give_requests()?;
            return self.hand_in();
        }
        if !self.is_last_call {
            self.is_last_call = true;
            self.now = self.record.end.map_or(self.now, |end| self.time_of_last_call(end));
        }

        let outcome = match self.export.poll(self.now) {
            Ok(Step::Batch(batch)) => return Ok(Replayed::Batch(batch)),
            Ok(Step::Send(_) | Step::Wait { .. }) => None,
            Ok(Step::Done(_)) => Some(Ok(())),
            Err(error) => Some(Err(error)),
        };
        match (outcome, self.record.end) {
            (_, None) => Err(self.record.cut()),
            (_, Some(End { signal: Some(signal), .. })) => Err(CommandError::Stopped(signal)),
            (Some(outcome), Some(_)) => Ok(Replayed::End(outcome)),
            (None, Some(_)) => Err(self.record.unended()),
        }
    }

    /// Takes the requests that were given after so many results.
    fn give_requests(&mut self) -> Result<(), CommandError> {
        let results = self.export.report().requests;

        while let Some(&(after, index)) = self.order.get(self.given) {
            if after > results {
                break;
            }
            let exchange = self.record.read(index)?;
            let fetch = exchange.fetch(&self.export).ok_or_else(|| {
                self.record.wrong(index, "this program does not send this request here")
            })?;
            if self.given == 0 {
                self.now = exchange.sent_at();
            }
            self.in_flight.insert(index, (fetch, exchange));
            self.given += 1;
        }
        Ok(())
    }

    /// Hands in the next result.
    fn hand_in(&mut self) -> Result<Replayed, CommandError> {
        let Some((fetch, exchange)) = self.in_flight.remove(&self.handed_in) else {
            return Err(self.record.wrong(self.handed_in, "its request comes later"));
        };
        self.handed_in += 1;
        self.now = exchange.ended_at();

        let exchange = self.export.handle_result(&fetch, self.now, exchange.into_result());
        Ok(Replayed::Exchange(Box::new(exchange)))
    }

    /// An export that was stopped was called for the last time before that.
    fn time_of_last_call(&self, end: End) -> Duration {
        match end.signal {
            None => end.at,
            Some(_) => self.now + end.elapsed.saturating_sub(self.export.report().elapsed),
        }
    }

    /// The clock of the export.
    pub(crate) fn elapsed(&self) -> Duration {
        self.now
    }

    /// What has been done and proven so far.
    pub(crate) fn report(&self) -> Report {
        self.export.report()
    }
}
