//! The machine that reads a whole list, and the types that a driver of it needs.

pub(crate) mod attempts;
pub(crate) mod checkpoint;
pub(crate) mod counters;
pub(crate) mod fetch;
pub(crate) mod list;
pub(crate) mod plan;
pub(crate) mod proof;
pub(crate) mod report;
pub(crate) mod seen;
pub(crate) mod strategy;
pub(crate) mod times;

mod belief;
mod schedule;

pub use attempts::retry::RetryPolicy;
pub use checkpoint::ResumeError;
pub use fetch::{Exchange, FetchId, Outcome};
pub use seen::batch::Update;
pub use strategy::goal::UnknownGoal;

use std::time::Duration;

use http::Response;

use crate::export::attempts::{Attempts, Decision, RequestCounters};
use crate::export::checkpoint::{Checkpoint, State};
use crate::export::counters::Counters;
use crate::export::fetch::{Fetch, Owner};
use crate::export::plan::Plan;
use crate::export::proof::claims::Claims;
use crate::export::report::Report;
use crate::export::seen::batch::Batch;
use crate::export::seen::page_key::PageKey;
use crate::export::seen::received_page::ReceivedPage;
use crate::export::seen::seen_segments::SeenSegments;
use crate::export::strategy::Strategy;
use crate::export::strategy::goal::Goal;
use crate::export::strategy::single::Single;
use crate::message::api::Api;
use crate::message::error::{
    Error, ErrorKind, PagingError, ResponseError, TransportError, TransportErrorKind,
};
use crate::message::request::ListRequest;
use crate::message::response::Page;

/// Reads a whole list: says what to send, takes what comes back, and hands out segments.
///
/// ```text
///         handle_response, handle_failure
///                  ┌───────────────┐
///                  ▼               │
///  new, resume ─► poll ──► Send ───┘          the transport is the caller's
///                  ▲ │
///                  │ ├───► Wait               until a time; sooner does no harm
///                  │ ├───► Batch ────┐        each batch once
///                  └─┼───────────────┘
///                    ├───► Done(report)       and from then on
///                    └───► Err(error)         and from then on
/// ```
///
/// Only an answer moves it. [`Export::poll`] can be asked any number of times, and a request that
/// was cancelled is simply asked for again, so dropping a call halfway loses nothing. Times are
/// durations since a zero of the caller's choice and must not go back.
///
/// ```
/// use std::time::{Duration, Instant};
/// use segments_core::{
///     Api, ApiKey, Export, Goal, Instance, List, Page, Plan, Segment, Step, TransportError,
/// };
///
/// # fn sleep(_: Duration) {}
/// # fn send(request: http::Request<()>) -> Result<http::Response<Vec<u8>>, TransportError> {
/// #     let first = request.uri().query().is_none_or(|query| !query.contains("page="));
/// #     let row = Segment::new("a", "All Users", true, [""; 0]).unwrap();
/// #     Ok(first.then_some(row).into_iter().collect::<Page>().to_http())
/// # }
/// let api = Api::new(Instance::Us01.into(), ApiKey::new("a-rest-api-key")?);
/// let mut export = Export::new(api, Plan::new(Goal::Walk));
/// let start = Instant::now();
/// let mut list = List::default();
/// let report = loop {
///     match export.poll(start.elapsed())? {
///         Step::Send(fetch) => match send(fetch.request()) {
///             Ok(response) => export.handle_response(&fetch, start.elapsed(), &response),
///             Err(failure) => export.handle_failure(&fetch, start.elapsed(), failure),
///         },
///         Step::Wait { until } => { sleep(until.saturating_sub(start.elapsed())); continue }
///         Step::Batch(batch) => { list.apply(batch); continue }
///         Step::Done(report) => break report,
///     };
/// };
/// assert_eq!(list.finish(&report).len(), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Export {
    api: Api,
    /// What tells its fetches from those of others.
    identity: Owner,
    plan: Plan,
    strategy: Strategy,
    seen: SeenSegments,
    attempts: Attempts<PageKey>,
    counters: Counters,
    error: Option<Error>,
    /// What the strategy has come to, once it has ended.
    claims: Option<Claims>,
    /// [`Step::Done`] was given.
    is_done: bool,
}

/// An empty list is asked for again after so long: what answers empty pages in an outage, or while
/// it starts, has to have come to itself by then.
const BEFORE_AN_EMPTY_LIST_IS_BELIEVED: Duration = Duration::from_secs(1);

/// What to do next.
#[derive(Debug, Clone)]
// A step lives for one turn of the driver's loop, and a boxed report would be in every user's way.
#[allow(clippy::large_enum_variant)]
pub enum Step {
    /// Send this, and hand in what comes back. The same is given until that happens.
    Send(Fetch),
    /// Nothing to send before this time.
    Wait {
        /// Since the caller's zero.
        until: Duration,
    },
    /// Segments that are ready. A [`List`](crate::List) applies them; a program that streams can
    /// ignore [`Batch::Updates`].
    Batch(Batch),
    /// The goal is reached, and every segment has been handed out.
    Done(Report),
}

impl Export {
    /// Begins a new export.
    pub fn new(api: Api, plan: Plan) -> Self {
        let keeps_latest = plan.goal != Goal::Walk;
        let (strategy, seen) = (
            Strategy::new(plan.goal, plan.sort_direction, plan.max_passes),
            SeenSegments::new(plan.seed, keeps_latest, plan.page_size),
        );
        Self::assemble(api, plan, strategy, seen, Counters::default())
    }

    /// Reads one page and no more, with the retries, waits and limits of the plan; its goal and
    /// order do not count. Done when the page has come, which may be empty.
    pub fn single(api: Api, mut plan: Plan, list: ListRequest) -> Self {
        plan.goal = Goal::Walk;
        let seen = SeenSegments::new(plan.seed, false, plan.page_size);
        Self::assemble(api, plan, Strategy::Single(Single::new(list)), seen, Counters::default())
    }

    /// Goes on from a checkpoint, with the counters and everything seen; the time counts on from
    /// the caller's new zero. The plan may differ in limits, but not in goal and order.
    ///
    /// # Errors
    /// [`ResumeError`] if the checkpoint is of another endpoint, goal, order or version, of
    /// [`Export::single`], or not whole.
    pub fn resume(api: Api, plan: Plan, checkpoint: Checkpoint) -> Result<Self, ResumeError> {
        let of_plan = checkpoint.check_plan(&plan);
        let state = checkpoint.open(&api)?;
        if let Strategy::Single(single) = &state.strategy {
            return Err(ResumeError::Single { found: single.list() });
        }
        of_plan?;
        Self::take_up(api, plan, state)
    }

    /// Goes on from a checkpoint of [`Export::single`], with the same page.
    ///
    /// # Errors
    /// [`ResumeError`] if the checkpoint is of another endpoint, page or version, of a whole list,
    /// or not whole.
    pub fn resume_single(
        api: Api,
        mut plan: Plan,
        list: ListRequest,
        checkpoint: Checkpoint,
    ) -> Result<Self, ResumeError> {
        plan.goal = Goal::Walk;
        let state = checkpoint.open(&api)?;
        match &state.strategy {
            Strategy::Single(single) if single.list() == list => Self::take_up(api, plan, state),
            Strategy::Single(single) => Err(ResumeError::Single { found: single.list() }),
            _ => Err(ResumeError::NotSingle),
        }
    }

    fn take_up(
        api: Api,
        plan: Plan,
        state: State<Strategy, SeenSegments, Counters>,
    ) -> Result<Self, ResumeError> {
        let State { mut strategy, mut seen, counters } = state;
        if counters.failed {
            return Err(ResumeError::Failed);
        }
        let keeps_latest = plan.goal != Goal::Walk;
        if !seen.resume(plan.seed, keeps_latest, plan.page_size)
            || !strategy.fits(plan.goal, seen.ids.len())
        {
            return Err(ResumeError::Damaged);
        }
        strategy.resume(plan.max_passes);
        let mut export = Self::assemble(api, plan, strategy, seen, counters);
        export.counters.times.resume();
        Ok(export)
    }

    fn assemble(
        api: Api,
        plan: Plan,
        strategy: Strategy,
        seen: SeenSegments,
        mut counters: Counters,
    ) -> Self {
        // How long a break was nobody knows: what was left of a wait is waited for.
        let (counts, pause) =
            (std::mem::take(&mut counters.counts), std::mem::take(&mut counters.pause));
        let attempts = Attempts::new(&plan.retry, plan.deadline, plan.seed, counts, pause);
        let mut export = Self {
            api,
            identity: Owner::new(),
            plan,
            strategy,
            seen,
            attempts,
            counters,
            error: None,
            claims: None,
            is_done: false,
        };
        export.error = export.limit().map(|fault| Error::new(ErrorKind::Paging(fault)));
        if export.strategy.ended() == Some(Ok(())) {
            export.claims = Some(export.strategy.claims(&export.seen));
        }
        export
    }

    /// What to do now.
    ///
    /// # Errors
    /// Why the export has ended without reaching its goal; the same from then on. Segments that
    /// were ready before it are handed out first.
    pub fn poll(&mut self, now: Duration) -> Result<Step, Error> {
        self.note(now, now);
        if let Some(batch) = self.seen.ready.pop_front() {
            return Ok(Step::Batch(batch));
        }
        if let Some(error) = &self.error {
            return Err(error.clone());
        }
        match self.strategy.ended() {
            Some(Ok(())) => {
                self.is_done = true;
                return Ok(Step::Done(self.report()));
            }
            Some(Err(why)) => {
                let error = Error::new(ErrorKind::NotProven(why));
                self.error = Some(error.clone());
                return Err(error);
            }
            None => {}
        }
        if self.plan.deadline.is_some_and(|deadline| now >= deadline) {
            let error = Error::new(ErrorKind::Deadline);
            self.error = Some(error.clone());
            return Err(error);
        }
        match self.requests(now).next() {
            Some(fetch) => Ok(Step::Send(fetch)),
            None => Ok(Step::Wait { until: self.poll_timeout(now).unwrap_or(now) }),
        }
    }

    /// Takes the answer to a fetch.
    ///
    /// An answer does not say what it answers, so the pages are what the caller says they are. What
    /// can be seen of a mistake is refused: a fetch of another export is [`Outcome::Foreign`], a
    /// second answer to a fetch is ignored, and a page that stands in a pass under two numbers ends
    /// the export ([`PagingError::RepeatedPage`](crate::error::PagingError)). Not seen is an exchange
    /// of two answers, or an empty page in the place of one with segments: whoever has several
    /// requests in flight must keep each fetch with its request.
    pub fn handle_response<B: AsRef<[u8]>>(
        &mut self,
        fetch: &Fetch,
        now: Duration,
        response: &Response<B>,
    ) -> Exchange {
        let status = Some(response.status().as_u16());
        if !fetch.owner.is(&self.identity) {
            return self.exchange(fetch, now, status, Outcome::Foreign);
        }
        self.note(fetch.asked_at, now);
        let body = response.body().as_ref();
        let outcome = if body.len() > self.plan.max_body {
            let kind = TransportErrorKind::BodyTooLarge;
            self.failed(fetch, now, too_large(TransportError::new(kind, "")))
        } else {
            match self.api.read(response) {
                Ok(page) => self.page(fetch, now, page),
                Err(error) => self.failed(fetch, now, error),
            }
        };
        self.exchange(fetch, now, status, outcome)
    }

    /// Takes the news that there is no answer.
    // The driver has no further use for it, and reads better without a borrow.
    #[allow(clippy::needless_pass_by_value)]
    pub fn handle_failure(
        &mut self,
        fetch: &Fetch,
        now: Duration,
        failure: TransportError,
    ) -> Exchange {
        if !fetch.owner.is(&self.identity) {
            return self.exchange(fetch, now, None, Outcome::Foreign);
        }
        self.note(fetch.asked_at, now);
        let failure = TransportError::new(failure.kind(), self.api.key().redact(failure.detail()));
        let error = match failure.kind() {
            TransportErrorKind::BodyTooLarge
            | TransportErrorKind::HeadTooLarge
            | TransportErrorKind::InvalidHttp
            | TransportErrorKind::Http2Only => too_large(failure),
            _ => Error::new(ErrorKind::Transport(failure)),
        };
        let outcome = self.failed(fetch, now, error);
        self.exchange(fetch, now, None, outcome)
    }

    fn exchange(
        &self,
        fetch: &Fetch,
        now: Duration,
        status: Option<u16>,
        outcome: Outcome,
    ) -> Exchange {
        let took = now.saturating_sub(fetch.asked_at);
        // Nobody waits for anything once the export has ended.
        let pause = if self.is_over(now) {
            Duration::ZERO
        } else {
            self.attempts.closed_until().saturating_sub(now)
        };
        Exchange { list: fetch.list(), attempt: fetch.attempt(), status, took, pause, outcome }
    }

    fn paged(&mut self, fetch: &Fetch, now: Duration, page: Page) -> Outcome {
        self.attempts.count();
        if self.is_over(now) || !self.wanted_pages().contains(&fetch.id.page_key) {
            return self.ignored(fetch, now);
        }
        self.attempts.succeed(fetch.id.page_key, fetch.asked_at, now);
        let pause = page.head().pause.map(|hint| hint.wait);
        if !page.is_empty() && fetch.list().page >= self.plan.max_pages && !self.is_named() {
            let fault = PagingError::PageLimit { pages: self.plan.max_pages };
            self.attempts.pause(now, pause);
            let error = Error::new(ErrorKind::Paging(fault)).on(fetch.list(), 1);
            return self.hold(fetch.id.page_key, error);
        }
        self.counters.answers = self.counters.answers.next();
        let date = page.head().date;
        let during = self.counters.times.answer(fetch.asked_at, now, date);
        let rows = page.len();
        let answer =
            ReceivedPage { page, asked: fetch.asked, received: self.counters.answers, during };
        let handled = self.strategy.handle_page(fetch.id.page_key, answer, &mut self.seen);
        if let Err((list, fault)) = handled {
            let error = Error::new(ErrorKind::Paging(fault)).on(list, fetch.attempt());
            return self.end(error);
        }
        if let Some(fault) = self.limit() {
            return self.end(Error::new(ErrorKind::Paging(fault)).on(fetch.list(), 1));
        }
        if self.is_list_of_nothing() {
            let fault = ResponseError::NoSegments { found: None };
            return self.end(Error::new(ErrorKind::Response(fault)));
        }
        if self.strategy.take_pause() {
            self.attempts.rest(now, BEFORE_AN_EMPTY_LIST_IS_BELIEVED);
        }
        match self.strategy.ended() {
            None => {
                self.attempts.pause(now, pause);
                self.end_if_needed();
            }
            Some(Ok(())) => self.claims = Some(self.strategy.claims(&self.seen)),
            Some(Err(_)) => {}
        }
        Outcome::Page { rows }
    }

    /// Ends with the failure of a page that was asked for ahead, once nothing is left before it.
    fn end_if_needed(&mut self) {
        let first = self.wanted_pages().into_iter().next();
        if let Some(error) = first.and_then(|page_key| self.attempts.held(page_key)).cloned() {
            self.end(error);
        }
    }

    fn failed(&mut self, fetch: &Fetch, now: Duration, error: Error) -> Outcome {
        self.attempts.count();
        let FetchId { page_key, attempt, replacement } = fetch.id;
        // A try that the deadline cut off failed because of the deadline.
        let late = self.plan.deadline.is_some_and(|deadline| now >= deadline);
        if self.has_ended() || late || !self.is_current(page_key, attempt, replacement) {
            return self.ignored(fetch, now);
        }
        let error = error.on(page_key.list, attempt);
        let outcome = match self.attempts.fail(page_key, fetch.asked_at, now, &error) {
            Decision::RetryAt(at) => Outcome::Retry { error, after: at.saturating_sub(now) },
            Decision::Final(why) => {
                let error = match why {
                    Some(why) => error.with_gave_up(why),
                    None => error,
                };
                // A key is refused for all, and a limit is everybody's.
                if matches!(error.kind(), ErrorKind::Refused | ErrorKind::RateLimited) {
                    return self.end(error);
                }
                self.hold(page_key, error)
            }
        };
        if matches!(outcome, Outcome::Failed { .. }) {
            return outcome;
        }
        match self.limit() {
            Some(fault) => {
                self.end(Error::new(ErrorKind::Paging(fault)).on(page_key.list, attempt))
            }
            None => outcome,
        }
    }

    /// An answer that nobody waits for was a request all the same, and may have been the last that
    /// is allowed.
    fn ignored(&mut self, fetch: &Fetch, now: Duration) -> Outcome {
        let late = self.plan.deadline.is_some_and(|deadline| now >= deadline);
        match self.limit() {
            Some(fault) if !self.has_ended() && !late => {
                self.end(Error::new(ErrorKind::Paging(fault)).on(fetch.list(), fetch.attempt()))
            }
            _ => Outcome::Ignored,
        }
    }

    /// Ends with this error if its page is the next; what is behind the end may fail as it likes.
    fn hold(&mut self, page_key: PageKey, error: Error) -> Outcome {
        if self.wanted_pages().first() == Some(&page_key) {
            return self.end(error);
        }
        self.attempts.hold(page_key, error.clone());
        Outcome::Held { error }
    }

    fn limit(&self) -> Option<PagingError> {
        if self.strategy.ended().is_some() {
            return None;
        }
        let Plan { max_pages: pages, max_memory: bytes, .. } = self.plan;
        let keeps_list = self.plan.goal != Goal::Walk || self.plan.keeps_list;
        let requests = self.max_requests();
        if self.wanted_pages().is_empty() {
            return Some(PagingError::PageLimit { pages });
        }
        if self.seen.memory(keeps_list).saturating_add(self.strategy.memory()) > bytes {
            return Some(PagingError::MemoryLimit { bytes });
        }
        (self.attempts.counts.requests >= requests)
            .then_some(PagingError::RequestLimit { requests })
    }

    fn has_ended(&self) -> bool {
        self.error.is_some() || self.strategy.ended().is_some()
    }

    fn is_over(&self, now: Duration) -> bool {
        let late = self.plan.deadline.is_some_and(|deadline| now > deadline);
        self.has_ended() || late
    }

    fn end(&mut self, error: Error) -> Outcome {
        let error = self.behind_the_last(error);
        self.error = Some(error.clone());
        Outcome::Failed { error }
    }

    /// The report so far: final once [`Step::Done`] was given, and useful after an error too. It
    /// claims nothing about the list unless the goal is reached.
    pub fn report(&self) -> Report {
        let ended = self.strategy.ended();
        let reached = self.error.is_none() && ended == Some(Ok(()));
        let claims = self.claims.clone().unwrap_or_default();
        let Claims { completeness, snapshot, assumptions, missed_by_first_pass, .. } = claims;
        let Claims { unlisted_meanwhile, edited_meanwhile, order, order_basis, .. } = claims;
        let gaps = match ended {
            Some(Err(_)) => self.strategy.gaps(&self.seen),
            Some(Ok(())) | None => Vec::new(),
        };
        let RequestCounters { requests, retries, stale_connections, waits, waited } =
            self.attempts.counts.clone();

        let report = Report {
            goal: self.plan.goal,
            sort_direction: self.plan.sort_direction,
            completeness,
            snapshot,
            assumptions,
            ended: reached,
            passes: self.strategy.passes(),
            missed_by_first_pass,
            unlisted_meanwhile,
            edited_meanwhile,
            gaps,
            segments: order.as_ref().map_or(self.seen.ids.len(), Vec::len) as u64,
            order,
            order_basis,
            pages: self.seen.pages,
            requests,
            retries,
            stale_connections,
            waits,
            waited,
            replaced_texts: self.seen.anomalies.replaced,
            anomalies: self.seen.anomalies.kept.clone(),
            anomalies_omitted: self.seen.anomalies.omitted,
            interval: self.counters.times.interval,
            elapsed: self.counters.times.elapsed(),
        };
        if reached { report } else { report.without_claims() }
    }

    /// Notes a call, until the end.
    fn note(&mut self, asked_at: Duration, now: Duration) {
        if self.error.is_none() && !self.is_done {
            self.counters.times.note(asked_at, now);
        }
    }

    /// Everything needed to go on in another process, at any moment. Holds no key. Segments that
    /// are ready but were not handed out yet are in it.
    pub fn checkpoint(&self, now: Duration) -> Checkpoint {
        let mut counters = self.counters.clone();
        counters.times = counters.times.at_rest(now);
        counters.counts = self.attempts.counts.clone();
        counters.pause = self.attempts.closed_until().saturating_sub(now);
        counters.failed = self.error.as_ref().is_some_and(|error| !error.is_resumable());
        let state = State { strategy: &self.strategy, seen: &self.seen, counters: &counters };
        Checkpoint::new(&self.api, &self.plan, &state)
    }

    /// How many segments were handed out so far, here and by earlier processes.
    pub fn handed_out(&self) -> u64 {
        self.seen.handed_out()
    }

    /// Whether so many segments are all that were handed out: for drivers that are asked for a
    /// whole list.
    ///
    /// # Errors
    /// [`ErrorKind::HandedOut`] if there were others.
    pub fn check_held(&self, segments: usize) -> Result<(), Error> {
        let handed_out = self.handed_out();
        if handed_out == segments as u64 {
            return Ok(());
        }
        Err(Error::new(ErrorKind::HandedOut { segments: handed_out }))
    }

    /// What its requests have in common.
    pub fn api(&self) -> &Api {
        &self.api
    }

    /// How it goes about it.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }
}

fn too_large(failure: TransportError) -> Error {
    Error::new(ErrorKind::Response(ResponseError::Http(failure)))
}
