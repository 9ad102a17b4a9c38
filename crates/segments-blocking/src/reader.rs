use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::thread::sleep;
use std::time::{Duration, Instant};
use std::vec;

use segments_core::export::Exchange;
use segments_core::{Batch, Checkpoint, Error, Export, Fetch, List, Report, Segment, Step};
use ureq::Agent;

use crate::send::send;

/// Reads segments by carrying the messages of an [`Export`] over an [`Agent`].
///
/// It is an [`Iterator`] of segments. After the last one, or after an error, there is nothing
/// more; [`report`](Self::report) can be asked at any time. Segments come in the order of first
/// sight, each once. With the goals that prove something, edits that are seen later, and the order
/// of creation, are only in what [`collect_all`](Self::collect_all) gives;
/// [`next_batch`](Self::next_batch) gives the edits too.
///
/// Waiting for an answer or for a rate limit blocks the thread, for as long as the plan allows.
pub struct Reader {
    export: Export,
    agent: Agent,
    segments: vec::IntoIter<Segment>,
    // Behind a lock that is never waited for, which makes the reader `Sync`.
    observer: Option<Mutex<Observer>>,
    /// Edits were handed out to nobody.
    edits_lost: bool,
    start: Option<Instant>,
    ended_at: Option<Duration>,
}

type Observer = Box<dyn FnMut(&Exchange) + Send>;

impl Reader {
    /// A reader of `export` over `agent`: [`agent()`](crate::agent), or one of yours. Nothing is
    /// sent before the first segment is asked for.
    pub fn new(export: Export, agent: Agent) -> Self {
        let segments = Vec::new().into_iter();
        let (observer, edits_lost, start, ended_at) = (None, false, None, None);
        Self { export, agent, segments, observer, edits_lost, start, ended_at }
    }

    /// Calls `observer` with every exchange as it ends: for logs, progress and metrics.
    #[must_use]
    pub fn on_exchange(mut self, observer: impl FnMut(&Exchange) + Send + 'static) -> Self {
        self.observer = Some(Mutex::new(Box::new(observer)));
        self
    }

    /// The segments that are ready next, at most a page; first the rest of what the iterator
    /// began. Never empty; `None` after the last ones and after an error.
    ///
    /// # Errors
    /// The one by which the export ended; segments that came before it stay valid.
    pub fn next_segments(&mut self) -> Option<Result<Vec<Segment>, Error>> {
        loop {
            match self.next_batch()? {
                Ok(Batch::Updates(_)) => self.edits_lost = true,
                Ok(Batch::Segments(batch)) => return Some(Ok(batch)),
                Err(error) => return Some(Err(error)),
            }
        }
    }

    /// The whole list in its final form (see [`List`]), and the report on it.
    ///
    /// It is refused when something was handed out before, here or by an earlier process: what is
    /// left is not the list that the report speaks of. [`collect_rest`](Self::collect_rest) goes on
    /// with a list that holds all of it.
    ///
    /// # Errors
    /// As [`next_segments`](Self::next_segments), again and again, and [`HandedOut`](segments_core::ErrorKind::HandedOut).
    /// The segments before an error are dropped.
    pub fn collect_all(&mut self) -> Result<(Vec<Segment>, Report), Error> {
        self.collect_rest(List::default())
    }

    /// The same for a list that was begun: `list` holds all that [`next_batch`](Self::next_batch) gave
    /// so far, here and in earlier processes.
    ///
    /// # Errors
    /// As [`collect_all`](Self::collect_all): also if `list` does not hold every segment, or edits
    /// were passed over by [`next_segments`](Self::next_segments).
    pub fn collect_rest(&mut self, mut list: List) -> Result<(Vec<Segment>, Report), Error> {
        // The rest of a page that was begun is handed out, as far as the export knows.
        let held = list.len() + self.segments.len();
        self.export.check_held(if self.edits_lost { 0 } else { held })?;

        while let Some(batch) = self.next_batch() {
            list.apply(batch?);
        }
        // Behind an error there is nothing more, which is no end of the list.
        self.export.poll(self.elapsed())?;
        let report = self.report();
        Ok((list.finish(&report), report))
    }

    /// What has been done and proven so far; after the end, the outcome.
    pub fn report(&self) -> Report {
        self.export.report()
    }

    /// The state of the export, to go on from in another process.
    ///
    /// What the iterator has not handed out yet of its current page counts as handed out: take a
    /// checkpoint after [`next_segments`](Self::next_segments).
    pub fn checkpoint(&self) -> Checkpoint {
        self.export.checkpoint(self.elapsed())
    }

    /// The export that is being read.
    pub fn export(&self) -> &Export {
        &self.export
    }

    /// Time since the first request; stands still after the end.
    fn elapsed(&self) -> Duration {
        let running = || self.start.map_or(Duration::ZERO, |start| start.elapsed());
        self.ended_at.unwrap_or_else(running)
    }

    /// The segments that are ready next, or edits of segments that came before, for a [`List`] of the
    /// caller's.
    ///
    /// # Errors
    /// As [`next_segments`](Self::next_segments).
    pub fn next_batch(&mut self) -> Option<Result<Batch, Error>> {
        if self.segments.len() > 0 {
            let rest = self.segments.by_ref().collect();
            return Some(Ok(Batch::Segments(rest)));
        }
        if self.ended_at.is_some() {
            return None;
        }
        self.start.get_or_insert_with(Instant::now);
        loop {
            let now = self.elapsed();
            match self.export.poll(now) {
                Ok(Step::Send(fetch)) => self.exchange(&fetch),
                Ok(Step::Wait { until }) => sleep(until.saturating_sub(now)),
                Ok(Step::Batch(batch)) => return Some(Ok(batch)),
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

    fn exchange(&mut self, fetch: &Fetch) {
        let result = send(&self.agent, self.export.api().endpoint(), fetch);
        let now = self.elapsed();
        let exchange = match result {
            Ok(response) => self.export.handle_response(fetch, now, &response),
            Err(failure) => self.export.handle_failure(fetch, now, failure),
        };
        if let Some(observer) = &mut self.observer {
            observer.get_mut().unwrap_or_else(PoisonError::into_inner)(&exchange);
        }
    }
}

impl Iterator for Reader {
    type Item = Result<Segment, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(segment) = self.segments.next() {
                return Some(Ok(segment));
            }
            match self.next_segments()? {
                Ok(batch) => self.segments = batch.into_iter(),
                Err(error) => return Some(Err(error)),
            }
        }
    }
}

impl fmt::Debug for Reader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reader").field("ended", &self.ended_at.is_some()).finish_non_exhaustive()
    }
}
