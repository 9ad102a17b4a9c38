mod end;

use std::collections::HashSet;
use std::time::Duration;

use http::{HeaderValue, Response, StatusCode};
use segments_core::export::Outcome;
use segments_core::response::Timestamp;
use segments_core::{
    Batch, Checkpoint, Error, Export, Fetch, Goal, ListRequest, Report, Step, TransportError,
    TransportErrorKind,
};

use super::{QuietList, Source, api};

/// An export, what it was told, and what it gave.
#[derive(Debug)]
pub(super) struct Machine {
    export: Export,
    list: QuietList,
    now: Duration,
    old: Vec<Fetch>,
    told: HashSet<String>,
    given: segments_core::List,
    calls: u64,
    heeded: u64,
    /// Every page was the true one.
    honest: bool,
    failed: bool,
    end: Option<Result<Box<Report>, Error>>,
}

impl Machine {
    pub(super) fn new(export: Export, list: QuietList) -> Self {
        let (old, told) = (Vec::new(), HashSet::new());
        let given = segments_core::List::default();
        let now = Duration::ZERO;
        let (calls, heeded) = (0, 0);
        let (honest, failed, end) = (true, false, None);
        Self { export, list, now, old, told, given, calls, heeded, honest, failed, end }
    }

    /// As [`Machine::new`], for a state that nobody can vouch for.
    pub(super) fn resumed(export: Export, list: QuietList) -> Self {
        Self { honest: false, ..Self::new(export, list) }
    }

    pub(super) fn step(&mut self, source: &mut Source<'_>) {
        match source.below(12) {
            0 => self.now += Duration::from_millis(u64::from(source.byte())),
            1 => self.now += Duration::from_secs(u64::from(source.byte())),
            2 => self.drain(),
            3 => self.resume(),
            op => self.answer(op, source),
        }
    }

    fn answer(&mut self, op: u8, source: &mut Source<'_>) {
        let wanted = self.export.poll_fetches(self.now);
        let late = op >= 10;
        let from = if late { &self.old } else { &wanted };
        let Some(fetch) = from.get(usize::from(source.byte()) % from.len().max(1)).cloned() else {
            return;
        };

        match op {
            4 | 5 | 10 => self.receive(&fetch, &self.list.page(fetch.list()).to_http()),
            6 | 11 => self.fail(&fetch, KINDS[usize::from(source.below(15))]),
            7 => self.refuse(&fetch, source),
            8 => self.pause(&fetch, u64::from(source.byte())),
            _ => {
                self.honest = false;
                let response = if source.coin() {
                    let page = u32::from(source.below(8));
                    self.list.page(ListRequest { page, ..fetch.list() }).to_http()
                } else {
                    Response::new(source.blob().to_vec())
                };
                self.receive(&fetch, &response);
            }
        }

        if !late {
            self.old.push(fetch);
        }
    }

    /// A status that is no page, with a wait that the server asks for.
    fn refuse(&mut self, fetch: &Fetch, source: &mut Source<'_>) {
        let status = STATUSES[usize::from(source.below(10))];
        let seconds = source.byte();
        let mut response = Response::new(Vec::new());
        *response.status_mut() = StatusCode::from_u16(status).expect("a status");
        response.headers_mut().insert("retry-after", HeaderValue::from(u16::from(seconds)));
        self.receive(fetch, &response);

        if !matches!(status, 429 | 503) || seconds == 0 {
            return;
        }

        // Nobody asks sooner than the server said: for any page after a 429, for this after a 503.
        let wanted = self.export.poll_fetches(self.now + almost(u64::from(seconds)));
        let too_soon = |wanted: &Fetch| status == 429 || wanted.list() == fetch.list();
        let superseded = |wanted: &Fetch| wanted.attempt() <= fetch.attempt();

        assert!(!wanted.iter().any(|one| too_soon(one) && !superseded(one)));
    }

    /// A page, with the news that the quota is used up.
    fn pause(&mut self, fetch: &Fetch, seconds: u64) {
        const DATE: Timestamp = Timestamp::from_unix(1_592_427_423);
        let reset = DATE.as_unix() + seconds;
        let mut response = self.list.page(fetch.list()).to_http();
        let headers = response.headers_mut();
        headers.insert("x-ratelimit-remaining", HeaderValue::from_static("0"));
        headers.insert("x-ratelimit-reset", HeaderValue::from(reset));
        headers.insert("date", HeaderValue::try_from(DATE.to_http_date()).expect("ASCII"));
        let heeded = self.heeded;
        self.receive(fetch, &response);
        let plan = self.export.plan();
        let end = self.now + Duration::from_secs(seconds);
        let granularity = Duration::from_secs(1);
        let allowed = Duration::from_secs(seconds) + granularity <= plan.retry.max_wait;
        let in_time = plan.deadline.is_none_or(|deadline| end + granularity < deadline);

        if self.heeded > heeded && plan.retry.wait_for_quota && allowed && in_time && seconds > 0 {
            assert!(self.export.poll_fetches(self.now + almost(seconds)).is_empty());
        }
    }

    fn receive(&mut self, fetch: &Fetch, response: &Response<Vec<u8>>) {
        if let Ok(page) = self.export.api().read(response) {
            self.told.extend(page.ids().map(str::to_owned));
        }
        let exchange = self.export.handle_response(fetch, self.now, response);
        assert_eq!(exchange.status(), Some(response.status().as_u16()));
        assert_eq!((exchange.list(), exchange.attempt()), (fetch.list(), fetch.attempt()));
        self.count(exchange.outcome());
    }

    fn fail(&mut self, fetch: &Fetch, kind: TransportErrorKind) {
        let exchange =
            self.export.handle_failure(fetch, self.now, TransportError::new(kind, "a detail"));
        assert_eq!(exchange.status(), None);
        assert!(!matches!(exchange.outcome(), Outcome::Page { .. }));
        self.count(exchange.outcome());
    }

    fn count(&mut self, outcome: &Outcome) {
        self.calls += 1;
        self.heeded += u64::from(*outcome != Outcome::Ignored);
        if self.failed || self.end.is_some() {
            assert_eq!(*outcome, Outcome::Ignored, "an end is an end");
        }
        self.failed |= matches!(outcome, Outcome::Failed { .. });
    }

    /// What can be asked at any time is in order, and asking twice gives the same.
    pub(super) fn check(&mut self) {
        let plan = self.export.plan();
        let wanted = self.export.poll_fetches(self.now);
        let again = self.export.poll_fetches(self.now);
        let facts = |fetch: &Fetch| (fetch.id(), fetch.list(), fetch.timeout(), fetch.max_body());

        assert!(wanted.iter().map(facts).eq(again.iter().map(facts)));
        assert!(wanted.len() <= usize::from(plan.window.max(1)));

        let pages: HashSet<_> = wanted.iter().map(Fetch::id).collect();
        assert_eq!(pages.len(), wanted.len(), "a page is wanted twice");

        for fetch in &wanted {
            assert!((1..=plan.retry.max_attempts.max(1)).contains(&fetch.attempt()));
            let left = plan.deadline.map_or(Duration::MAX, |end| end.saturating_sub(self.now));
            assert!(fetch.timeout() <= plan.timeout.min(left));
        }

        assert!(self.export.poll_timeout(self.now).is_none_or(|at| at > self.now));
        assert_eq!(self.export.report().requests, self.calls);
    }

    /// Takes every segment that is ready, and looks at what comes behind them.
    fn drain(&mut self) {
        loop {
            let step = self.export.poll(self.now);
            let step = match step {
                Ok(Step::Batch(Batch::Segments(batch))) => {
                    assert!(!batch.is_empty() && self.end.is_none());
                    self.given.extend(batch);
                    continue;
                }
                Ok(Step::Batch(Batch::Updates(updates))) => {
                    assert!(!updates.is_empty() && self.end.is_none());
                    assert!(self.export.plan().goal != Goal::Walk);
                    let given = self.given.len();
                    assert!(updates.iter().all(|update| (update.index as usize) < given));
                    self.given.update(updates);
                    continue;
                }
                step => step,
            };
            let again = self.export.poll(self.now);
            let end = match (step, again) {
                (Ok(step), Ok(again)) => self.check_step(&step, &again),
                (Err(error), Err(again)) => {
                    assert_eq!(error, again);
                    Some(Err(error))
                }
                (step, again) => panic!("{step:?}, then {again:?}"),
            };
            if end.is_some() {
                assert!(self.export.poll_fetches(self.now).is_empty());
                assert_eq!(self.export.poll_timeout(self.now), None);
            }
            match (&self.end, &end) {
                // Late responses are counted, and change nothing else.
                (Some(Ok(before)), Some(Ok(after))) => assert_eq!(before.order, after.order),
                (Some(before), after) => assert_eq!(Some(before), after.as_ref()),
                (None, _) => self.end = end,
            }
            return;
        }
    }

    fn check_step(&self, step: &Step, again: &Step) -> Option<Result<Box<Report>, Error>> {
        let wanted = self.export.poll_fetches(self.now);
        let plan = self.export.plan();

        match (step, again) {
            (Step::Send(fetch), Step::Send(same)) => {
                assert_eq!(fetch.id(), same.id());
                assert_eq!(fetch.id(), wanted[0].id());
                assert!(plan.deadline.is_none_or(|deadline| self.now < deadline));
                assert!(self.heeded == 0 || self.heeded < plan.max_requests);
                None
            }
            (Step::Wait { until }, Step::Wait { until: same }) => {
                assert_eq!(until, same);
                assert!(wanted.is_empty() && *until > self.now);
                assert_eq!(self.export.poll_timeout(self.now), Some(*until));
                None
            }
            (Step::Done(report), Step::Done(same)) => {
                assert_eq!(report, same);
                assert!(report.ended);
                let list = self.given.clone().finish(report);
                assert_eq!(report.segments, list.len() as u64);
                Some(Ok(Box::new(report.clone())))
            }
            _ => panic!("{step:?}, then {again:?}"),
        }
    }

    /// Resumes in another process.
    fn resume(&mut self) {
        let write = |checkpoint: &Checkpoint| serde_json::to_string(checkpoint).expect("JSON");
        let before = self.export.checkpoint(self.now);
        let mut text = write(&before);
        super::assert_keyless(&text);
        let read: Checkpoint = serde_json::from_str(&text).expect("our own JSON");
        let plan = self.export.plan().clone();
        let resumed = Export::resume(api(), plan, read);

        if self.failed || matches!(self.end, Some(Err(_))) {
            // Whether an export that has failed can go on is its goal's affair.
            return;
        }

        let mut resumed = resumed.expect("our own checkpoint");
        let mut written = write(&resumed.checkpoint(Duration::ZERO));

        if self.export.plan().goal == Goal::Complete {
            // A break is one more thing that a proof has to take into account: once.
            let again = serde_json::from_str(&written).expect("our own JSON");
            let plan = self.export.plan().clone();
            resumed = Export::resume(api(), plan, again).expect("our own checkpoint");
            (text, written) = (written, write(&resumed.checkpoint(Duration::ZERO)));
        }

        // A snapshot does not outlive a break: it begins a new pass.
        assert!(written == text || self.export.plan().goal == Goal::Snapshot, "{written}, {text}");

        self.export = resumed;
        self.now = Duration::ZERO;
        self.old.clear();
    }
}

/// A moment less than so many seconds.
fn almost(seconds: u64) -> Duration {
    Duration::from_nanos(seconds * 1_000_000_000 - 1)
}

const KINDS: [TransportErrorKind; 15] = [
    TransportErrorKind::Closed,
    TransportErrorKind::Connect,
    TransportErrorKind::Timeout,
    TransportErrorKind::Dns,
    TransportErrorKind::Proxy,
    TransportErrorKind::Other,
    TransportErrorKind::InvalidHttp,
    TransportErrorKind::Tls,
    TransportErrorKind::BodyTooLarge,
    TransportErrorKind::HeadTooLarge,
    TransportErrorKind::StaleConnection,
    TransportErrorKind::ProxyRefused,
    TransportErrorKind::ProxyUnavailable,
    TransportErrorKind::Http2Only,
    TransportErrorKind::NoFileDescriptor,
];

const STATUSES: [u16; 10] = [429, 503, 500, 408, 502, 425, 401, 302, 204, 400];
