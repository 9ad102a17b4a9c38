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
        if end.signal.is_none() {
            return end.at;
        }
        let more = end.elapsed.saturating_sub(self.export.report().elapsed);
        self.now.saturating_add(more)
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

#[cfg(test)]
mod tests {
    use std::fs;

    use proptest::prelude::*;
    use segments_core::{Api, ApiKey, Endpoint, Goal, Page, Plan, Segment, TransportError};

    use super::super::chain::Chain;
    use super::super::line::{Head, Line};
    use super::*;

    fn api() -> Api {
        Api::new(Endpoint::new("https://rest.example").unwrap(), ApiKey::new("a-key").unwrap())
    }

    /// The objects of a record: a failure, a page, and an empty one.
    fn objects() -> Vec<String> {
        let plan = Plan::new(Goal::Walk).with_window(1);
        let (mut export, mut now) = (Export::new(api(), plan.clone()), Duration::ZERO);
        let mut objects = vec![
            serde_json::to_string(&Line::Record(&Head::new(&api(), &plan, false, true, None)))
                .unwrap(),
        ];

        loop {
            match export.poll(now) {
                Ok(Step::Send(fetch)) => {
                    let row = Segment::new("a", "VIP", true, ["t"]).unwrap();
                    let rows = (fetch.list().page == 0).then_some(row);
                    let result = match fetch.attempt() {
                        1 => {
                            Err(TransportError::new(segments_core::TransportErrorKind::Closed, ""))
                        }
                        _ => Ok(rows.into_iter().collect::<Page>().to_http()),
                    };
                    let recorded = RecordedExchange::new(&fetch, now, &result);
                    objects.push(serde_json::to_string(&Line::Exchange(&recorded)).unwrap());
                    export.handle_result(&fetch, now, result);
                }
                Ok(Step::Wait { until }) => now = until,
                Ok(Step::Batch(_)) => {}
                Ok(Step::Done(report)) => {
                    let end = End { at: now, elapsed: report.elapsed, signal: None };
                    objects.push(serde_json::to_string(&Line::End(&end)).unwrap());
                    return objects;
                }
                Err(error) => panic!("{error}"),
            }
        }
    }

    /// The lines of these objects, with the right checksums.
    fn chained(objects: &[String]) -> Vec<u8> {
        let mut chain = Chain::default();
        objects.iter().flat_map(|object| chain.line_of(object.as_bytes())).collect()
    }

    /// How many segments come out, if the replay comes to its end.
    fn replayed(bytes: &[u8]) -> Result<usize, CommandError> {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("record");
        fs::write(&path, bytes).unwrap();

        let record = Record::open(&path)?;
        let export = Export::new(api(), record.head.plan.clone());
        let mut replay = Replay::new(export, record);
        let mut segments = 0;
        loop {
            match replay.next()? {
                Replayed::Batch(Batch::Segments(batch)) => segments += batch.len(),
                Replayed::Batch(Batch::Updates(_)) | Replayed::Exchange(_) => {}
                Replayed::End(_) => return Ok(segments),
            }
        }
    }

    #[test]
    fn what_was_recorded_is_replayed() {
        assert_eq!(replayed(&chained(&objects())).unwrap(), 1);
    }

    proptest! {
        #[test]
        fn no_damage_is_overlooked(at in any::<prop::sample::Index>(), bit in 0_u8..8) {
            let mut bytes = chained(&objects());
            let at = at.index(bytes.len());
            prop_assert!(replayed(&bytes[..at]).is_err());
            bytes[at] ^= 1 << bit;
            prop_assert!(replayed(&bytes).is_err());
        }

        #[test]
        fn a_record_that_somebody_has_made_does_no_harm(
            edits in prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>(), "[0-9e.-]{0,9}"), 1..4),
        ) {
            let mut objects = objects();
            for (line, digit, number) in edits {
                let line = line.index(objects.len());
                let is_digit = |(at, byte): (usize, u8)| byte.is_ascii_digit().then_some(at);
                let digits: Vec<_> = objects[line].bytes().enumerate().filter_map(is_digit).collect();
                let at = digits[digit.index(digits.len())];
                objects[line].replace_range(at..=at, &number);
            }
            // An error, or a list: no panic, and an end.
            let _ = replayed(&chained(&objects));
        }
    }
}
