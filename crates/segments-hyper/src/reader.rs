use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;
use std::vec;

use futures_core::Stream;
use http::{Request, Response};
use segments_core::{Batch, Checkpoint, Error, Export, List, Report, Segment, Step};
use tokio::time::Instant;
use tower_service::Service;

use crate::Body;
use crate::callbacks::Callbacks;
use crate::in_flight::InFlight;
use crate::spans::ExportSpan;
use crate::timer::Timer;

/// Drives an [`Export`] over a service, as an asynchronous iterator of segments.
///
/// [`next`](Self::next) gives one segment at a time, [`next_segments`](Self::next_segments) those of
/// a page, and the reader is a [`Stream`] too. After the last segment, or after an error, they give
/// nothing more. [`report`](Self::report) can be called at any time.
///
/// Segments come in the order of first sight, each once. With the goals `complete` and `snapshot`,
/// later edits and the order of creation are only in the result of
/// [`collect_all`](Self::collect_all). [`next_batch`](Self::next_batch) gives the edits too.
///
/// The requests in flight are tasks of the reader. They go on while nothing is awaited, and end with
/// the reader. So every method that waits, except [`collect_all`](Self::collect_all) and
/// [`collect_rest`](Self::collect_rest), is cancellation safe: dropping its future loses nothing, and
/// repeats no request.
///
/// # Spans
/// With the feature `tracing`, an export is a span, a child of the one in which the reader was made,
/// and each attempt is a span in it, in which the service is called. So the spans of a service, such
/// as those of a `TraceLayer`, have their parents although requests are tasks. Names are those of
/// [OpenTelemetry](https://opentelemetry.io/docs/specs/semconv/http/http-spans/):
///
/// | span | fields |
/// |---|---|
/// | `segments.export` | `server.address`, `server.port`, `segments.goal`; at its end `segments.count`, `.requests`, `.retries`, `.waited` (seconds), `.anomalies`, and `error.type` after an error |
/// | `segments.attempt` | `http.request.method`, `url.full`, `url.path`, `server.address`, `server.port`, `http.request.resend_count` of a retry, `http.response.status_code`, and `error.type`: a status from 400, or [`TransportErrorKind::name`](segments_core::TransportErrorKind::name) |
///
/// Events in the span of the export tell of failed attempts (level `WARN`), and of waits and
/// anomalies (`INFO`): `segments.wait` is in seconds, and `segments.wait_for` is
/// `rate_limit` (also when the quota is used up), `retry` or `empty_list`. No header, no part of a body and no key is in any of them.
pub struct Reader {
    export: Export,
    in_flight: InFlight,
    span: ExportSpan,
    segments: vec::IntoIter<Segment>,
    pub(crate) callbacks: Callbacks,
    start: Option<Instant>,
    timer: Timer,
    ended_at: Option<Duration>,
}

impl Reader {
    /// A reader of `export` over `service`. It sends nothing before the first wait.
    ///
    /// Each attempt takes a clone of the service, waits until it is ready, and calls it once. The
    /// time limit of the attempt (`plan.timeout`) begins with the call and ends with the last byte of
    /// the body; only `plan.deadline` limits the time until the service is ready. A response may have
    /// 100 headers in `plan.max_head` bytes, and a body of `plan.max_body` bytes. The kind of a failure
    /// comes from the chain of sources of the service's error: those of hyper, rustls, tokio and
    /// `std::io` are known.
    ///
    /// A service with another type of request body needs a `map_request`:
    /// `service.map_request(|request: http::Request<segments_hyper::Body>| request.map(|_| ..))`.
    pub fn new<S, B>(export: Export, service: S) -> Self
    where
        S: Service<Request<Body>, Response = Response<B>> + Clone + Send + 'static,
        S::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
        S::Future: Send,
        B: http_body::Body + Send,
        B::Data: Send,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let span = ExportSpan::new(&export);
        Self {
            export,
            in_flight: InFlight::new(service, span.clone()),
            span,
            segments: Vec::new().into_iter(),
            callbacks: Callbacks::default(),
            start: None,
            timer: Timer::default(),
            ended_at: None,
        }
    }

    /// The next segment; `None` after the last one and after an error. Cancellation safe.
    ///
    /// # Errors
    /// The error of the export, once. Segments that came before it are valid.
    ///
    /// # Panics
    /// Outside a tokio runtime with time enabled, as every method that waits.
    pub async fn next(&mut self) -> Option<Result<Segment, Error>> {
        poll_fn(|cx| self.poll_segment(cx)).await
    }

    /// The next segments, at most a page, beginning with those of the current page that
    /// [`next`](Self::next) has not given yet. Never empty. Cancellation safe.
    ///
    /// # Errors
    /// As [`next`](Self::next).
    pub async fn next_segments(&mut self) -> Option<Result<Vec<Segment>, Error>> {
        poll_fn(|cx| self.poll_segments(cx)).await
    }

    /// The next segments, or edits of segments that came before, for a [`List`] of the caller.
    /// Cancellation safe. [`checkpoint`](Self::checkpoint) always fits to what was given so far.
    ///
    /// # Errors
    /// As [`next`](Self::next).
    pub async fn next_batch(&mut self) -> Option<Result<Batch, Error>> {
        poll_fn(|cx| self.poll_batch(cx)).await
    }

    /// The whole list in its final form (see [`List`]), and the report on it. Not cancellation safe.
    ///
    /// # Errors
    /// The error of the export, on every call; the segments before it are dropped. Or
    /// [`HandedOut`](segments_core::ErrorKind::HandedOut) if something was given before, here or by an
    /// earlier process: the rest is not the list that the report describes. See
    /// [`collect_rest`](Self::collect_rest).
    pub async fn collect_all(&mut self) -> Result<(Vec<Segment>, Report), Error> {
        self.collect_rest(List::default()).await
    }

    /// Completes `list`, which holds every batch that [`next_batch`](Self::next_batch) gave so far, here
    /// and in earlier processes. Not cancellation safe.
    ///
    /// # Errors
    /// As [`collect_all`](Self::collect_all), but `HandedOut` if `list` lacks a segment, or an edit that
    /// [`next_segments`](Self::next_segments) passed over.
    pub async fn collect_rest(&mut self, mut list: List) -> Result<(Vec<Segment>, Report), Error> {
        // For the export, the rest of the current page was handed out with the page.
        list.extend(self.segments.clone());
        self.export.check_list(&list)?;
        self.segments = Vec::new().into_iter();

        while let Some(batch) = self.next_batch().await {
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
    /// The whole current page of [`next`](Self::next) counts as given, so take a checkpoint after
    /// [`next_segments`](Self::next_segments) instead.
    pub fn checkpoint(&self) -> Checkpoint {
        self.export.checkpoint(self.elapsed())
    }

    /// How many requests are in flight.
    pub fn in_flight(&self) -> usize {
        self.in_flight.len()
    }

    /// The export that is being read.
    pub fn export(&self) -> &Export {
        &self.export
    }

    /// The clock of the export: the time since the first wait, up to the end.
    pub fn elapsed(&self) -> Duration {
        let running = || self.start.map_or(Duration::ZERO, |start| start.elapsed());
        self.ended_at.unwrap_or_else(running)
    }

    fn poll_segment(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Segment, Error>>> {
        loop {
            if let Some(segment) = self.segments.next() {
                return Poll::Ready(Some(Ok(segment)));
            }
            match ready!(self.poll_segments(cx)) {
                Some(Ok(batch)) => self.segments = batch.into_iter(),
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                None => return Poll::Ready(None),
            }
        }
    }

    fn poll_segments(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Vec<Segment>, Error>>> {
        loop {
            return Poll::Ready(match ready!(self.poll_batch(cx)) {
                Some(Ok(Batch::Updates(_))) => continue,
                Some(Ok(Batch::Segments(batch))) => Some(Ok(batch)),
                Some(Err(error)) => Some(Err(error)),
                None => None,
            });
        }
    }

    fn poll_batch(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Batch, Error>>> {
        if self.segments.len() > 0 {
            let rest = self.segments.by_ref().collect();
            return Poll::Ready(Some(Ok(Batch::Segments(rest))));
        }
        if self.ended_at.is_some() {
            return Poll::Ready(None);
        }

        self.start.get_or_insert_with(Instant::now);
        loop {
            self.collect_finished(cx);

            let now = self.elapsed();
            match self.export.poll(now) {
                Ok(Step::Batch(batch)) => {
                    // The next pages are requested while the caller works on this one.
                    self.start_wanted(now);
                    return Poll::Ready(Some(Ok(batch)));
                }
                Ok(Step::Done(_)) => {
                    self.end(now, None);
                    return Poll::Ready(None);
                }
                Err(error) => {
                    self.end(now, Some(&error));
                    return Poll::Ready(Some(Err(error)));
                }
                Ok(Step::Send(_) | Step::Wait { .. }) => {}
            }

            let has_started = self.start_wanted(now);
            let timer = self.poll_timer(cx, self.export.poll_timeout(now));
            // A new task and a timer that is due already need another turn to register the waker.
            if timer.is_pending() && !has_started {
                return Poll::Pending;
            }
        }
    }

    /// Hands in the results of the tasks that have ended.
    fn collect_finished(&mut self, cx: &mut Context<'_>) {
        while let Poll::Ready(Some((fetch, result))) = self.in_flight.poll_finished(cx) {
            let now = self.elapsed();
            self.callbacks.result(&fetch, now, &result);
            let exchange = self.export.handle_result(&fetch, now, result);
            self.span.note_exchange(&exchange, now);
            self.span.note_anomalies(&self.export);
            self.callbacks.exchange(&exchange);
        }
    }

    /// Starts the requests that are wanted and not in flight. Returns whether there were any.
    fn start_wanted(&mut self, now: Duration) -> bool {
        let wanted = self.export.poll_fetches(now);
        let window = usize::from(self.export.plan().window).max(1);
        let mut has_started = false;

        for fetch in &wanted {
            if self.in_flight.contains(fetch.id()) {
                continue;
            }
            let is_unneeded = |id| !self.export.is_needed(id);
            if self.in_flight.len() >= window && !self.in_flight.abort_one(is_unneeded) {
                break;
            }

            self.in_flight.start(fetch);
            has_started = true;
        }
        has_started
    }

    fn poll_timer(&mut self, cx: &mut Context<'_>, at: Option<Duration>) -> Poll<()> {
        let at = self.start.zip(at).and_then(|(start, at)| start.checked_add(at));
        self.timer.poll(cx, at)
    }

    fn end(&mut self, now: Duration, error: Option<&Error>) {
        self.ended_at = Some(now);
        self.in_flight.abort_all();
        self.timer.stop();
        self.span.note_end(&self.export, error);
        self.callbacks.end(|| self.export.report());
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        self.callbacks.end(|| self.export.report());
    }
}

impl Stream for Reader {
    type Item = Result<Segment, Error>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.get_mut().poll_segment(cx)
    }
}

impl fmt::Debug for Reader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reader")
            .field("in_flight", &self.in_flight.len())
            .field("ended", &self.ended_at.is_some())
            .finish_non_exhaustive()
    }
}
