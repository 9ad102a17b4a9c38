use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::thread::sleep;
use std::time::{Duration, Instant};
use std::vec;

use segments_core::export::{Exchange, RecordedExchange};
use segments_core::{Batch, Checkpoint, Error, Export, Fetch, List, Report, Segment, Step};
use ureq::Agent;

use crate::send::send;

/// Drives an [`Export`] over an [`Agent`], as an [`Iterator`] of segments.
///
/// After the last segment, or after an error, it gives nothing more. [`report`](Self::report) can be
/// called at any time.
///
/// Segments come in the order of first sight, each once. With the goals `complete` and `snapshot`,
/// later edits and the order of creation are only in the result of
/// [`collect_all`](Self::collect_all). [`next_batch`](Self::next_batch) gives the edits too.
///
/// Waiting for a response or for a rate limit blocks the thread, for as long as the plan allows.
pub struct Reader {
    export: Export,
    agent: Agent,
    segments: vec::IntoIter<Segment>,
    // The locks are never contended. They make the reader `Sync`.
    observer: Option<Mutex<Observer>>,
    on_recorded: Option<Mutex<OnRecorded>>,
    on_end: Option<Mutex<OnEnd>>,
    start: Option<Instant>,
    ended_at: Option<Duration>,
}

type Observer = Box<dyn FnMut(&Exchange) + Send>;

type OnRecorded = Box<dyn FnMut(RecordedExchange) + Send>;

type OnEnd = Box<dyn FnOnce(&Report) + Send>;

impl Reader {
    /// A reader of `export` over `agent`: [`agent()`](crate::agent), or one of yours. It sends nothing
    /// before the first segment is asked for.
    pub fn new(export: Export, agent: Agent) -> Self {
        Self {
            export,
            agent,
            segments: Vec::new().into_iter(),
            observer: None,
            on_recorded: None,
            on_end: None,
            start: None,
            ended_at: None,
        }
    }

    /// Calls `observer` with every exchange when it ends: for logs, progress and metrics.
    #[must_use]
    pub fn on_exchange(mut self, observer: impl FnMut(&Exchange) + Send + 'static) -> Self {
        self.observer = Some(Mutex::new(Box::new(observer)));
        self
    }

    /// Calls `f` with every result before the export gets it, as a value that can be stored and
    /// replayed. It costs a copy of each response.
    #[must_use]
    pub fn on_recorded(mut self, f: impl FnMut(RecordedExchange) + Send + 'static) -> Self {
        self.on_recorded = Some(Mutex::new(Box::new(f)));
        self
    }

    /// Calls `f` with the report once: after the last segment, after an error, or when the reader is
    /// dropped before either. [`Report::ended`] is true in the first case only.
    #[must_use]
    pub fn on_end(mut self, f: impl FnOnce(&Report) + Send + 'static) -> Self {
        self.on_end = Some(Mutex::new(Box::new(f)));
        self
    }

    /// The next segments, at most a page, beginning with those of the current page that the iterator
    /// has not given yet. Never empty; `None` after the last ones and after an error.
    ///
    /// # Errors
    /// The error of the export, once. Segments that came before it are valid.
    pub fn next_segments(&mut self) -> Option<Result<Vec<Segment>, Error>> {
        loop {
            match self.next_batch()? {
                Ok(Batch::Updates(_)) => {}
                Ok(Batch::Segments(batch)) => return Some(Ok(batch)),
                Err(error) => return Some(Err(error)),
            }
        }
    }

    /// The whole list in its final form (see [`List`]), and the report on it.
    ///
    /// # Errors
    /// The error of the export, on every call; the segments before it are dropped. Or
    /// [`HandedOut`](segments_core::ErrorKind::HandedOut) if something was given before, here or by an
    /// earlier process: the rest is not the list that the report describes. See
    /// [`collect_rest`](Self::collect_rest).
    pub fn collect_all(&mut self) -> Result<(Vec<Segment>, Report), Error> {
        self.collect_rest(List::default())
    }

    /// Completes `list`, which holds every batch that [`next_batch`](Self::next_batch) gave so far, here
    /// and in earlier processes.
    ///
    /// # Errors
    /// As [`collect_all`](Self::collect_all), but `HandedOut` if `list` lacks a segment, or an edit that
    /// [`next_segments`](Self::next_segments) passed over.
    pub fn collect_rest(&mut self, mut list: List) -> Result<(Vec<Segment>, Report), Error> {
        // For the export, the rest of the current page was handed out with the page.
        list.extend(self.segments.clone());
        self.export.check_list(&list)?;
        self.segments = Vec::new().into_iter();

        while let Some(batch) = self.next_batch() {
            list.apply(batch?);
        }

        // `None` comes after an error too, which is not the end of the list.
        self.export.poll(self.elapsed())?;
        let report = self.report();
        Ok((list.finish(&report), report))
    }

    /// What was done and proven so far, or the final report after the end.
    pub fn report(&self) -> Report {
        self.export.report()
    }

    /// The state of the export, from which another process can resume.
    ///
    /// The whole current page of the iterator counts as given, so take a checkpoint after
    /// [`next_segments`](Self::next_segments) instead.
    pub fn checkpoint(&self) -> Checkpoint {
        self.export.checkpoint(self.elapsed())
    }

    /// The export that is being read.
    pub fn export(&self) -> &Export {
        &self.export
    }

    /// The clock of the export: the time since the first request, up to the end.
    pub fn elapsed(&self) -> Duration {
        let running = || self.start.map_or(Duration::ZERO, |start| start.elapsed());
        self.ended_at.unwrap_or_else(running)
    }

    /// The next segments, or edits of segments that came before, for a [`List`] of the caller.
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
                    self.end(now);
                    return None;
                }
                Err(error) => {
                    self.end(now);
                    return Some(Err(error));
                }
            }
        }
    }

    fn end(&mut self, now: Duration) {
        self.ended_at = Some(now);
        self.call_on_end();
    }

    fn call_on_end(&mut self) {
        if let Some(on_end) = self.on_end.take() {
            on_end.into_inner().unwrap_or_else(PoisonError::into_inner)(&self.export.report());
        }
    }

    fn exchange(&mut self, fetch: &Fetch) {
        let result = send(&self.agent, self.export.api().endpoint(), fetch);
        let now = self.elapsed();
        if let Some(f) = &mut self.on_recorded {
            let recorded = RecordedExchange::new(fetch, now, &result);
            f.get_mut().unwrap_or_else(PoisonError::into_inner)(recorded);
        }
        let exchange = self.export.handle_result(fetch, now, result);

        if let Some(observer) = &mut self.observer {
            observer.get_mut().unwrap_or_else(PoisonError::into_inner)(&exchange);
        }
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        self.call_on_end();
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
