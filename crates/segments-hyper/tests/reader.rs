//! The reader over services of a test's own, on a paused clock.

use std::cell::Cell;
use std::collections::HashMap;
use std::convert::Infallible;
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

use futures_core::Stream;
use http::{Request, Response};
use segments_core::{Api, ApiKey, Endpoint, ErrorKind, Export, Goal, ListRequest, Plan};
use segments_emulator::{Workspace, sample};
use segments_hyper::{Body, Reader};
use tokio::time::{Instant, sleep, timeout};
use tower_service::Service;

const PAGES: u32 = 21;
const DELAY: Duration = Duration::from_millis(50);

/// Answers after `DELAY`, and keeps count.
#[derive(Clone)]
struct Slow {
    state: Arc<Mutex<State>>,
    ready: bool,
    asked: bool,
}

struct State {
    braze: Workspace,
    in_flight: usize,
    most: usize,
    asked: HashMap<u32, u32>,
    answered: u32,
    slow_behind_end: bool,
}

impl Slow {
    fn new() -> Self {
        let braze = Workspace::new().with_key("key").with_segments(sample(2050, 1));
        let (in_flight, most, asked, answered) = (0, 0, HashMap::new(), 0);
        let state = State { braze, in_flight, most, asked, answered, slow_behind_end: false };
        Self { state: Arc::new(Mutex::new(state)), ready: false, asked: false }
    }

    fn look<R>(&self, look: impl FnOnce(&mut State) -> R) -> R {
        look(&mut self.state.lock().unwrap())
    }
}

/// Counts a request as over however it ends.
struct InFlight(Slow);

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.look(|state| state.in_flight -= 1);
    }
}

impl Service<Request<Body>> for Slow {
    type Response = Response<http_body_util::Full<bytes::Bytes>>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        // Ready at the second time of asking, each clone for itself.
        if !self.asked {
            self.asked = true;
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        self.ready = true;
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        assert!(self.ready, "called before it was ready");
        self.ready = false;
        let page = ListRequest::from_http(&request).unwrap().page;
        let delay = self.look(|state| {
            *state.asked.entry(page).or_default() += 1;
            state.in_flight += 1;
            state.most = state.most.max(state.in_flight);
            if state.slow_behind_end && page >= PAGES { DELAY * 3 } else { DELAY }
        });
        let guard = InFlight(self.clone());
        Box::pin(async move {
            sleep(delay).await;
            let response = guard.0.look(|state| {
                state.answered += 1;
                state.braze.answer(&request, Duration::from_secs(1_800_000_000))
            });
            Ok(response.map(Into::into))
        })
    }
}

fn export(change: impl FnOnce(&mut Plan)) -> Export {
    let endpoint = Endpoint::new("https://braze.invalid").unwrap();
    let mut plan = Plan::new(Goal::Walk);
    change(&mut plan);
    Export::new(Api::new(endpoint, ApiKey::new("key").unwrap()), plan)
}

#[tokio::test(start_paused = true)]
async fn as_many_are_in_flight_as_the_window_allows_and_no_more() {
    // A window of 8 opens with what comes, which takes a round trip more here.
    for (window, opening) in [(1, 0), (2, 0), (8, 1)] {
        let service = Slow::new();
        let begin = Instant::now();
        let mut reader = Reader::new(export(|plan| plan.window = window), service.clone());
        assert_eq!(reader.collect_all().await.unwrap().0.len(), 2050);
        assert_eq!(service.look(|state| state.most), usize::from(window));
        // The empty page at the end comes on top. On a paused clock this is exact.
        let took = DELAY * ((PAGES + 1).div_ceil(u32::from(window)) + opening);
        // The clock of tokio counts milliseconds.
        assert!(begin.elapsed().abs_diff(took) < DELAY / 2, "{:?}", begin.elapsed());
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_no_longer_wanted_makes_room() {
    let service = Slow::new();
    service.look(|state| state.slow_behind_end = true);
    let plan = |plan: &mut Plan| (plan.goal, plan.window) = (Goal::Complete, 6);
    let mut reader = Reader::new(export(plan), service.clone());
    assert_eq!(reader.collect_all().await.unwrap().0.len(), 2050);
    let (most, asked, answered) =
        service.look(|state| (state.most, state.asked.values().sum::<u32>(), state.answered));
    assert_eq!(most, 6);
    assert!(asked > answered, "some were behind the end, and were dropped");
}

#[tokio::test(start_paused = true)]
async fn pages_come_while_the_caller_works_on_the_last_one() {
    let service = Slow::new();
    let mut reader = Reader::new(export(|plan| plan.window = 1), service.clone());
    reader.next_segments().await.unwrap().unwrap();
    let asked = service.look(|state| state.asked.len());
    sleep(DELAY * 2).await;
    let answered = service.look(|state| state.answered);
    assert_eq!((asked, answered), (1, 2));
}

#[tokio::test(start_paused = true)]
async fn cancelling_next_loses_nothing_and_asks_for_nothing_twice() {
    let service = Slow::new();
    let mut reader = Reader::new(export(|plan| plan.window = 3), service.clone());
    let mut ids = Vec::new();
    let mut cancelled = 0;
    loop {
        match timeout(DELAY / 7, reader.next()).await {
            Ok(Some(segment)) => ids.push(segment.unwrap().id().to_owned()),
            Ok(None) => break,
            Err(_) => cancelled += 1,
        }
    }
    let expected: Vec<_> = service
        .look(|state| state.braze.segments().map(|segment| segment.id().to_owned()).collect());
    assert_eq!(ids, expected);
    assert!(cancelled > 20, "{cancelled}");
    assert!(service.look(|state| state.asked.values().all(|count| *count == 1)));
}

#[tokio::test(start_paused = true)]
async fn it_is_a_stream_that_ends_for_good() {
    let mut reader = Reader::new(export(|_| {}), Slow::new());
    let mut count = 0;
    while let Some(segment) = poll_fn(|cx| pin!(&mut reader).poll_next(cx)).await {
        segment.unwrap();
        count += 1;
    }
    assert_eq!(count, 2050);
    assert!(reader.next().await.is_none());
    assert!(reader.next_segments().await.is_none());
    assert_eq!(reader.report().segments, 2050);
}

#[tokio::test(start_paused = true)]
async fn a_batch_after_some_segments_is_the_rest_of_the_page() {
    let mut reader = Reader::new(export(|_| {}), Slow::new());
    let first = reader.next().await.unwrap().unwrap();
    let rest = reader.next_segments().await.unwrap().unwrap();
    assert_eq!(rest.len(), 99);
    assert!(!rest.contains(&first));
    assert_eq!(reader.next_segments().await.unwrap().unwrap().len(), 100);
}

#[tokio::test(start_paused = true)]
async fn a_try_that_takes_too_long_is_over_at_its_limit() {
    let service = Slow::new();
    let begin = Instant::now();
    let plan = |plan: &mut Plan| {
        plan.timeout = DELAY / 2;
        plan.retry.max_attempts = 1;
    };
    let mut reader = Reader::new(export(plan), service.clone());
    let error = reader.next().await.unwrap().unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Transport(_)), "{error:?}");
    assert!(error.to_string().contains("timed out"), "{error}");
    assert!(begin.elapsed() < DELAY);
    assert!(reader.next().await.is_none(), "an error is the end");
}

#[tokio::test(start_paused = true)]
async fn the_deadline_ends_an_export_in_the_middle_of_a_try() {
    let begin = Instant::now();
    let plan = |plan: &mut Plan| plan.deadline = Some(DELAY * 5 / 2);
    let mut reader = Reader::new(export(plan), Slow::new());
    let error = reader.collect_all().await.unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::Deadline);
    assert!(begin.elapsed() < DELAY * 3, "{:?}", begin.elapsed());
}

#[tokio::test(start_paused = true)]
async fn requests_in_flight_end_with_the_reader() {
    let service = Slow::new();
    let mut reader = Reader::new(export(|plan| plan.window = 4), service.clone());
    assert!(timeout(DELAY / 2, reader.next()).await.is_err());
    assert_eq!(service.look(|state| state.in_flight), 4);
    drop(reader);
    sleep(DELAY * 2).await;
    assert_eq!(service.look(|state| (state.in_flight, state.answered)), (0, 0));
}

#[tokio::test(start_paused = true)]
async fn waits_of_the_machine_are_slept_on_the_clock_of_the_runtime() {
    let service = Slow::new();
    let fault = segments_emulator::Fault::rate_limited(Duration::from_secs(100)).page(0);
    service.look(|state| state.braze.set_faults(segments_emulator::Script::new().then(fault)));
    let begin = Instant::now();
    let mut reader = Reader::new(export(|_| {}), service.clone());
    assert_eq!(reader.collect_all().await.unwrap().0.len(), 2050);
    assert!(begin.elapsed() >= Duration::from_secs(100), "{:?}", begin.elapsed());
    assert!(begin.elapsed() < Duration::from_secs(110), "{:?}", begin.elapsed());
    assert!(service.look(|state| state.asked.values().sum::<u32>()) <= PAGES + 6);
}

#[tokio::test(start_paused = true)]
async fn the_whole_list_is_in_order_and_as_it_was_last_seen() {
    let service = Slow::new();
    let plan = |plan: &mut Plan| plan.goal = Goal::Complete;
    let mut reader = Reader::new(export(plan), service.clone());
    let edit = service.clone();
    let collected = tokio::join!(reader.collect_all(), async move {
        // It was read by then, and is read once more from the other end.
        sleep(DELAY * 5 / 2).await;
        edit.look(|state| {
            let id = state.braze.segments().nth(120).unwrap().id().to_owned();
            state.braze.rename(&id, "renamed").unwrap();
        });
    });
    let (segments, report) = collected.0.unwrap();
    let expected: Vec<_> = service.look(|state| state.braze.segments().cloned().collect());
    assert_eq!(expected[120].name(), "renamed");
    assert_eq!(segments, expected);
    assert_eq!(report.segments, 2050);
}

/// A service that cannot be shared between threads, as many cannot.
#[derive(Clone)]
struct NotSync(Slow, Cell<u32>);

impl Service<Request<Body>> for NotSync {
    type Response = <Slow as Service<Request<Body>>>::Response;
    type Error = Infallible;
    type Future = <Slow as Service<Request<Body>>>::Future;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.0.poll_ready(cx)
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        self.1.set(self.1.get() + 1);
        self.0.call(request)
    }
}

#[test]
fn a_reader_can_move_between_threads_and_be_shared_by_them() {
    fn assert<T: Send + Sync + Unpin + 'static>() {}
    assert::<Reader>();
}

#[tokio::test(start_paused = true)]
async fn a_reader_is_looked_at_over_an_await_in_a_task() {
    async fn look(reader: &Reader) -> u64 {
        sleep(DELAY).await;
        reader.report().segments
    }
    let calls = Cell::new(0);
    let reader = Reader::new(export(|_| {}), NotSync(Slow::new(), calls.clone()));
    // Neither the service nor the observer can be shared.
    let mut reader = reader.on_exchange(move |_| calls.set(calls.get() + 1));
    // `tokio::spawn` takes the task only if a `&Reader` may go from thread to thread.
    let task = tokio::spawn(async move {
        let before = look(&reader).await;
        assert!(reader.next_segments().await.unwrap().is_ok());
        (before, look(&reader).await)
    });
    let (before, after) = task.await.unwrap();
    assert_eq!(before, 0);
    assert!(after >= 100);
}

#[tokio::test(start_paused = true)]
async fn the_report_of_a_stream_is_heard_however_it_ends() {
    let heard = Arc::new(Mutex::new(Vec::new()));
    let reader = |change: fn(&mut Plan)| {
        let heard = Arc::clone(&heard);
        Reader::new(export(change), Slow::new())
            .on_end(move |report| heard.lock().unwrap().push((report.ended, report.segments)))
    };

    // To its end, and asked once more.
    let mut whole = pin!(reader(|_| {}));
    while poll_fn(|cx| whole.as_mut().poll_next(cx)).await.is_some() {}
    assert!(poll_fn(|cx| whole.as_mut().poll_next(cx)).await.is_none());
    assert_eq!(*heard.lock().unwrap(), [(true, 2050)]);

    // To an error.
    let mut failed = reader(|plan| plan.max_pages = 2);
    assert!(failed.collect_all().await.is_err());
    drop(failed);
    assert_eq!(*heard.lock().unwrap(), [(true, 2050), (false, 200)]);

    // To nothing: whoever read it has gone.
    let mut left = reader(|plan| plan.window = 1);
    left.next().await.unwrap().unwrap();
    drop(left);
    assert_eq!(*heard.lock().unwrap(), [(true, 2050), (false, 200), (false, 100)]);
}

/// A limiter whose permits never come back.
#[derive(Clone)]
struct NeverReady;

impl Service<Request<Body>> for NeverReady {
    type Response = <Slow as Service<Request<Body>>>::Response;
    type Error = Infallible;
    type Future = <Slow as Service<Request<Body>>>::Future;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Pending
    }

    fn call(&mut self, _: Request<Body>) -> Self::Future {
        unreachable!("it is never ready")
    }
}

#[tokio::test(start_paused = true)]
async fn the_deadline_bounds_the_wait_for_a_service_that_is_not_ready() {
    let (limit, begin) = (Duration::from_secs(100), Instant::now());
    let mut reader = Reader::new(export(|plan| plan.deadline = Some(limit)), NeverReady);
    let error = reader.collect_all().await.unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::Deadline);
    assert_eq!(begin.elapsed(), limit);
}
