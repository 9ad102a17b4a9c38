use std::collections::HashMap;
use std::fmt;
use std::future::poll_fn;
use std::panic::resume_unwind;
use std::pin::Pin;
use std::sync::{Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;
use std::vec;

use futures_core::Stream;
use http::{Request, Response};
use segments_core::export::{Exchange, FetchId};
use segments_core::{
    Batch, Checkpoint, Error, Export, Fetch, List, Report, Segment, Step, TransportError,
};
use tokio::task::{AbortHandle, JoinSet};
use tokio::time::{Instant, Sleep, sleep_until};
use tower_service::Service;

use crate::Body;
use crate::send::send;

/// Reads segments by carrying the messages of an [`Export`] over a service.
///
/// It is an asynchronous iterator: [`next`](Self::next) gives one segment at a time,
/// [`next_segments`](Self::next_segments) those of a page, and it is a [`Stream`] too. After the last
/// segment, or after an error, there is nothing more; [`report`](Self::report) can be asked at any
/// time.
///
/// Segments come in the order of first sight, each once. With the goals that prove something, edits
/// that are seen later, and the order of creation, are only in what
/// [`collect_all`](Self::collect_all) gives; [`next_batch`](Self::next_batch) gives the edits too.
///
/// Requests in flight are tasks that belong to the reader. They go on while no one waits for it,
/// and end with it. So every method that waits, except [`collect_all`](Self::collect_all), is
/// cancellation safe: dropping its future loses nothing, and no page is asked for twice because
/// of it.
pub struct Reader {
    export: Export,
    // Behind a lock that is never waited for: it makes the reader `Sync`, so that a task can hold a
    // `&Reader` over an await, and asks that of no service.
    spawn: Mutex<Spawn>,
    tasks: JoinSet<Finished>,
    in_flight: HashMap<FetchId, AbortHandle>,
    segments: vec::IntoIter<Segment>,
    observer: Option<Mutex<Observer>>,
    /// Edits were handed out to nobody.
    edits_lost: bool,
    start: Option<Instant>,
    timer: Option<Pin<Box<Sleep>>>,
    ended_at: Option<Duration>,
}

/// Starts one request; closes over the service, so that the reader has no type parameter.
type Spawn = Box<dyn Fn(&mut JoinSet<Finished>, Fetch) -> AbortHandle + Send>;

/// How one request ended.
type Finished = (Fetch, Result<Response<Vec<u8>>, TransportError>);

type Observer = Box<dyn FnMut(&Exchange) + Send>;

impl Reader {
    /// A reader of `export` over `service`. Nothing is sent before the first wait.
    ///
    /// Every try takes a clone of the service, waits until it is ready, and calls it once. The
    /// time until it is ready is the service's own affair; the time limit of the try
    /// (`plan.timeout`) begins with the call and ends with the last byte of the body. A response
    /// may have 128 headers in `plan.max_head` bytes, and `plan.max_body` bytes after them. An error of the
    /// service is sorted by what is found in its chain of sources: errors of hyper, rustls, tokio
    /// and `std::io`.
    ///
    /// A service with another type of request body is one `map_request` away:
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
        let spawn = move |tasks: &mut JoinSet<Finished>, fetch: Fetch| {
            let service = service.clone();
            tasks.spawn(async move {
                let result = send(service, &fetch).await;
                (fetch, result)
            })
        };
        Self {
            export,
            spawn: Mutex::new(Box::new(spawn)),
            tasks: JoinSet::new(),
            in_flight: HashMap::new(),
            segments: Vec::new().into_iter(),
            observer: None,
            edits_lost: false,
            start: None,
            timer: None,
            ended_at: None,
        }
    }

    /// Calls `observer` with every exchange as it ends: for logs, progress and metrics.
    #[must_use]
    pub fn on_exchange(mut self, observer: impl FnMut(&Exchange) + Send + 'static) -> Self {
        self.observer = Some(Mutex::new(Box::new(observer)));
        self
    }

    /// The next segment; `None` after the last one and after an error. Cancellation safe.
    ///
    /// # Errors
    /// The one by which the export ended; segments that came before it stay valid.
    ///
    /// # Panics
    /// Outside a tokio runtime with its time enabled; so does everything here that waits.
    pub async fn next(&mut self) -> Option<Result<Segment, Error>> {
        poll_fn(|cx| self.poll_segment(cx)).await
    }

    /// The segments that are ready next, at most a page; first the rest of what
    /// [`next`](Self::next) began. Never empty. Cancellation safe.
    ///
    /// # Errors
    /// As [`next`](Self::next).
    pub async fn next_segments(&mut self) -> Option<Result<Vec<Segment>, Error>> {
        poll_fn(|cx| self.poll_segments(cx)).await
    }

    /// The segments that are ready next, or edits of segments that came before, for a [`List`] of the
    /// caller's. Cancellation safe: at any moment, [`checkpoint`](Self::checkpoint) goes with what
    /// was given so far.
    ///
    /// # Errors
    /// As [`next`](Self::next).
    pub async fn next_batch(&mut self) -> Option<Result<Batch, Error>> {
        poll_fn(|cx| self.poll_batch(cx)).await
    }

    /// The whole list in its final form (see [`List`]), and the report on it.
    ///
    /// It is refused when something was handed out before, here or by an earlier process: what is
    /// left is not the list that the report speaks of. [`collect_rest`](Self::collect_rest) goes on
    /// with a list that holds all of it. Not cancellation safe.
    ///
    /// # Errors
    /// As [`next`](Self::next), again and again, and [`HandedOut`](segments_core::ErrorKind::HandedOut).
    /// The segments before an error are dropped.
    pub async fn collect_all(&mut self) -> Result<(Vec<Segment>, Report), Error> {
        self.collect_rest(List::default()).await
    }

    /// The same for a list that was begun: `list` holds all that [`next_batch`](Self::next_batch) gave
    /// so far, here and in earlier processes. Not cancellation safe.
    ///
    /// # Errors
    /// As [`collect_all`](Self::collect_all): also if `list` does not hold every segment, or edits
    /// were passed over by [`next_segments`](Self::next_segments).
    pub async fn collect_rest(&mut self, mut list: List) -> Result<(Vec<Segment>, Report), Error> {
        // The rest of a page that was begun is handed out, as far as the export knows.
        let held = list.len() + self.segments.len();
        self.export.check_held(if self.edits_lost { 0 } else { held })?;

        while let Some(batch) = self.next_batch().await {
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
    /// What [`next`](Self::next) has not handed out yet of its current page counts as handed out:
    /// take a checkpoint after [`next_segments`](Self::next_segments).
    pub fn checkpoint(&self) -> Checkpoint {
        self.export.checkpoint(self.elapsed())
    }

    /// The export that is being read.
    pub fn export(&self) -> &Export {
        &self.export
    }

    /// Time since the first wait; stands still after the end.
    fn elapsed(&self) -> Duration {
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
                Some(Ok(Batch::Updates(_))) => {
                    self.edits_lost = true;
                    continue;
                }
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
            let until = match self.export.poll(now) {
                Ok(Step::Batch(Batch::Segments(batch))) => {
                    // The next pages are on their way while the caller works on this one.
                    self.start_wanted(now);
                    return Poll::Ready(Some(Ok(Batch::Segments(batch))));
                }
                Ok(Step::Batch(Batch::Updates(updates))) => {
                    return Poll::Ready(Some(Ok(Batch::Updates(updates))));
                }
                Ok(Step::Done(_)) => {
                    self.end(now);
                    return Poll::Ready(None);
                }
                Err(error) => {
                    self.end(now);
                    return Poll::Ready(Some(Err(error)));
                }
                Ok(Step::Wait { until }) => Some(until),
                Ok(Step::Send(_)) => None,
            };
            let started = self.start_wanted(now);
            let poll_timeout = self.export.poll_timeout(now).into_iter().chain(until).min();
            if self.poll_timer(cx, poll_timeout).is_pending() && !started {
                return Poll::Pending;
            }
        }
    }

    /// Hands in the tasks that have ended.
    fn collect_finished(&mut self, cx: &mut Context<'_>) {
        while let Poll::Ready(Some(joined)) = self.tasks.poll_join_next_with_id(cx) {
            let (task, (fetch, result)) = match joined {
                Ok(finished) => finished,
                Err(error) if error.is_cancelled() => continue,
                Err(error) => resume_unwind(error.into_panic()),
            };
            // A task that was dropped may finish all the same, and its request may be in flight again.
            if self.in_flight.get(&fetch.id()).is_some_and(|handle| handle.id() == task) {
                self.in_flight.remove(&fetch.id());
            }
            let now = self.elapsed();
            let exchange = match result {
                Ok(response) => self.export.handle_response(&fetch, now, &response),
                Err(failure) => self.export.handle_failure(&fetch, now, failure),
            };
            if let Some(observer) = &mut self.observer {
                observer.get_mut().unwrap_or_else(PoisonError::into_inner)(&exchange);
            }
        }
    }

    /// Starts what is wanted and not in flight; says whether there was something.
    fn start_wanted(&mut self, now: Duration) -> bool {
        let wanted = self.export.poll_fetches(now);
        let window = usize::from(self.export.plan().window).max(1);
        let mut started = false;
        for fetch in &wanted {
            if self.in_flight.contains_key(&fetch.id()) {
                continue;
            }
            if self.in_flight.len() >= window && !self.abort_unneeded() {
                break;
            }
            let spawn = self.spawn.get_mut().unwrap_or_else(PoisonError::into_inner);
            let handle = spawn(&mut self.tasks, fetch.clone());
            self.in_flight.insert(fetch.id(), handle);
            started = true;
        }
        started
    }

    /// Aborts a task that nobody needs any more, if there is one.
    fn abort_unneeded(&mut self) -> bool {
        let unneeded = self.in_flight.keys().find(|id| !self.export.is_needed(**id)).copied();
        let task = unneeded.and_then(|id| self.in_flight.remove(&id));
        task.inspect(AbortHandle::abort).is_some()
    }

    fn poll_timer(&mut self, cx: &mut Context<'_>, at: Option<Duration>) -> Poll<()> {
        let at = self.start.zip(at).and_then(|(start, at)| start.checked_add(at));
        let Some(at) = at else {
            self.timer = None;
            return Poll::Pending;
        };
        let timer = self.timer.get_or_insert_with(|| Box::pin(sleep_until(at)));
        if timer.deadline() != at {
            timer.as_mut().reset(at);
        }
        timer.as_mut().poll(cx)
    }

    fn end(&mut self, now: Duration) {
        self.ended_at = Some(now);
        self.tasks.abort_all();
        self.in_flight.clear();
        self.timer = None;
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
