use std::time::Duration;

use super::Export;
use crate::export::attempts::Attempts;
use crate::export::counters::Counters;
use crate::export::fetch::Owner;
use crate::export::list::List;
use crate::export::plan::Plan;
use crate::export::report::Report;
use crate::export::seen::anomaly::Anomaly;
use crate::export::seen::seen_segments::SeenSegments;
use crate::export::step::Step;
use crate::export::strategy::Strategy;
use crate::export::strategy::goal::Goal;
use crate::export::strategy::single::Single;
use crate::message::api::Api;
use crate::message::error::{Error, ErrorKind};
use crate::message::request::ListRequest;

/// How an export begins, and what it gives.
impl Export {
    /// Starts an export of the whole list.
    pub fn new(api: Api, plan: Plan) -> Self {
        let strategy = Strategy::new(plan.goal, plan.sort_direction, plan.max_passes);
        Self::start(api, plan, strategy)
    }

    /// Starts an export of one page, with the retries, waits and limits of the plan. The plan's goal
    /// and order do not count. It is done when the page has arrived, which may be empty.
    pub fn single(api: Api, mut plan: Plan, list: ListRequest) -> Self {
        plan.goal = Goal::Walk;
        Self::start(api, plan, Strategy::Single(Single::new(list)))
    }

    fn start(api: Api, plan: Plan, strategy: Strategy) -> Self {
        let keeps_latest = plan.goal != Goal::Walk;
        let seen = SeenSegments::new(plan.seed, keeps_latest, plan.page_size);
        Self::assemble(api, plan, strategy, seen, Counters::default())
    }

    pub(super) fn assemble(
        api: Api,
        plan: Plan,
        strategy: Strategy,
        seen: SeenSegments,
        mut counters: Counters,
    ) -> Self {
        let counts = std::mem::take(&mut counters.counts);
        // Nobody knows how long the break before a resumption was: the rest of a wait is kept.
        let pause = std::mem::take(&mut counters.pause);
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
        export.error = export.limit().map(|limit| Error::new(ErrorKind::Paging(limit)));
        if export.strategy.ended() == Some(Ok(())) {
            export.claims = Some(export.strategy.claims(&export.seen));
        }
        export
    }

    /// What to do now: take a batch, stop, send a request or wait.
    ///
    /// `now` is the time since a zero of the caller's choice, and must not go back from one call to
    /// the next. Asking again is free: [`Step::Send`] gives the same request until its response or
    /// failure is handed in, and [`Step::Done`] or the error is given for ever. Only a
    /// [`Step::Batch`] is given once.
    ///
    /// It gives one request at a time, the most urgent. For several, see [`Export::poll_fetches`].
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// # use segments_core::{Api, ApiKey, Export, Instance, Plan, Step};
    /// # let api = Api::new(Instance::Us01.into(), ApiKey::new("a-rest-api-key")?);
    /// let mut export = Export::new(api, Plan::default());
    /// let Step::Send(fetch) = export.poll(Duration::ZERO)? else { unreachable!("no page yet") };
    /// let Step::Send(same) = export.poll(Duration::from_secs(1))? else { unreachable!("no page yet") };
    /// assert_eq!(fetch.id(), same.id());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// Why the export ended without reaching its goal. Batches that were ready before are given
    /// first, and [`Export::report`] tells what was done.
    pub fn poll(&mut self, now: Duration) -> Result<Step, Error> {
        self.note_call(now, now);

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
            Some(Err(why)) => return Err(self.fail(ErrorKind::NotProven(why))),
            None => {}
        }
        if self.attempts.deadline_reached(now) {
            return Err(self.fail(ErrorKind::Deadline));
        }

        match self.fetches(now).next() {
            Some(fetch) => Ok(Step::Send(fetch)),
            None => Ok(Step::Wait { until: self.poll_timeout(now).unwrap_or(now) }),
        }
    }

    /// The report so far. It is final once [`Step::Done`] or an error was given, and claims nothing
    /// about the list before the goal is reached.
    pub fn report(&self) -> Report {
        let is_goal_reached = self.error.is_none() && self.strategy.ended() == Some(Ok(()));
        let claims = self.claims.clone().unwrap_or_default();
        let (counts, times) = (&self.attempts.counts, &self.counters.times);

        let report = Report::new(&self.plan, &self.strategy, &self.seen, counts, times, claims);
        if is_goal_reached { report } else { report.without_claims() }
    }

    fn fail(&mut self, kind: ErrorKind) -> Error {
        let error = Error::new(kind);
        self.error = Some(error.clone());
        error
    }

    /// Notes a call for the time that the export took, which ends with it.
    pub(super) fn note_call(&mut self, asked_at: Duration, now: Duration) {
        if self.error.is_none() && !self.is_done {
            self.counters.times.note_call(asked_at, now);
        }
    }

    /// The anomalies so far, as in the [`report`](Self::report): the first 1000, in order of arrival.
    pub fn anomalies(&self) -> &[Anomaly] {
        &self.seen.anomalies.kept
    }

    /// How many segments were handed out, here and by earlier processes.
    pub fn handed_out(&self) -> u64 {
        self.seen.segments_handed_out()
    }

    /// Checks that a list holds every batch that was handed out, here and by earlier processes. Only
    /// such a list becomes the one that the report describes.
    ///
    /// # Errors
    /// [`ErrorKind::HandedOut`] if a segment or an update is missing, or if there are more.
    pub fn check_list(&self, list: &List) -> Result<(), Error> {
        let segments = self.seen.segments_handed_out();
        let is_whole =
            list.len() as u64 == segments && list.updates() == self.seen.updates_handed_out();
        if is_whole { Ok(()) } else { Err(Error::new(ErrorKind::HandedOut { segments })) }
    }

    /// The endpoint, the key and the user agent of its requests.
    pub fn api(&self) -> &Api {
        &self.api
    }

    /// The goal and the limits.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }
}
