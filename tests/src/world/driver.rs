//! The driver: time, and what is in flight.

use std::time::Duration;

use http::{HeaderName, HeaderValue, Response};
use segments_core::export::{FetchId, Outcome, RecordedExchange};
use segments_core::response::{RateLimit, Timestamp};
use segments_core::{Error, Export, Fetch, List, Report, Step, TransportError, TransportErrorKind};
use segments_emulator::{Delivery, DeliveryMode, Workspace};

use super::way::{EPOCH, Run, Sent, Way};

pub(super) struct Driver {
    export: Export,
    workspace: Workspace,
    way: Way,
    random: u64,
    now: Duration,
    in_flight: Vec<InFlight>,
    list: List,
    sent: Vec<Sent>,
    recorded: Vec<RecordedExchange>,
    /// No request before this, because the server said so.
    not_before: Duration,
}

struct InFlight {
    fetch: Fetch,
    sent_at: Duration,
    next: Next,
}

/// What happens to a request next, and when.
enum Next {
    /// It reaches the workspace.
    Request(Duration),
    /// Its response reaches the driver, or none does.
    Response(Duration, Result<Response<Vec<u8>>, TransportError>),
}

impl InFlight {
    fn id(&self) -> FetchId {
        self.fetch.id()
    }

    fn due(&self) -> Duration {
        match self.next {
            Next::Request(at) | Next::Response(at, _) => at,
        }
    }
}

impl Driver {
    pub(super) fn new(export: Export, workspace: Workspace, way: Way) -> Self {
        Self {
            export,
            workspace,
            way,
            random: way.seed,
            now: Duration::ZERO,
            in_flight: Vec::new(),
            list: List::default(),
            sent: Vec::new(),
            recorded: Vec::new(),
            not_before: Duration::ZERO,
        }
    }

    pub(super) fn run(mut self) -> Run {
        for _ in 0..100_000 {
            self.collect_at_deadline();
            if let Some(result) = self.drain() {
                return self.finish(result);
            }

            self.send_wanted();
            self.drop_one();
            self.advance();
        }
        panic!("no end after {} requests", self.sent.len());
    }

    fn finish(self, result: Result<Report, Error>) -> Run {
        let report = self.export.report();
        let list = match &result {
            Ok(report) => self.list.finish(report),
            Err(_) => self.list.segments().collect(),
        };
        let Self { sent, recorded, now: ended_at, workspace, .. } = self;
        Run { result, report, list, sent, recorded, ended_at, workspace }
    }

    /// A response at the very moment of the deadline is in time.
    fn collect_at_deadline(&mut self) {
        if self.export.plan().deadline != Some(self.now) {
            return;
        }
        while let Some(due) = self.in_flight.iter().map(InFlight::due).find(|due| *due <= self.now)
        {
            self.happen(due);
        }
    }

    fn drain(&mut self) -> Option<Result<Report, Error>> {
        loop {
            match self.export.poll(self.now) {
                Ok(Step::Batch(batch)) => self.list.apply(batch),
                Ok(Step::Send(_) | Step::Wait { .. }) => return None,
                Ok(Step::Done(report)) => return Some(Ok(report)),
                Err(error) => return Some(Err(error)),
            }
        }
    }

    fn send_wanted(&mut self) {
        let plan = self.export.plan();
        let window = usize::from(plan.window.max(1));
        let (deadline, attempts) = (plan.deadline, plan.retry.max_attempts.max(1));
        let wanted = self.export.poll_fetches(self.now);

        if !self.way.patient {
            let is_needed = |request: &InFlight| self.export.is_needed(request.id());
            self.in_flight.retain(is_needed);
        }

        for fetch in wanted {
            if self.in_flight.iter().any(|request| request.id() == fetch.id()) {
                continue;
            }
            assert!(self.now >= self.not_before, "sooner than the server asked");
            assert!(deadline.is_none_or(|deadline| self.now < deadline), "after the deadline");
            assert!(fetch.attempt() <= attempts, "an attempt too many");

            let (list, attempt, at) = (fetch.list(), fetch.attempt(), self.now);
            self.sent.push(Sent { list, attempt, at });
            let arrives = self.now + self.latency();
            let next = match self.way.failure {
                Some((number, kind)) if number + 1 == self.sent.len() => {
                    Next::Response(arrives, Err(TransportError::new(kind, "as the way is")))
                }
                _ => Next::Request(arrives),
            };
            self.in_flight.push(InFlight { fetch, sent_at: self.now, next });
        }

        let needed = self.in_flight.iter().filter(|request| self.export.is_needed(request.id()));
        let in_use = needed.count();
        assert!(in_use <= window, "{in_use} requests in flight");
    }

    /// A request whose future is dropped, wherever it is: the export is not told.
    fn drop_one(&mut self) {
        if self.random() % 256 < u64::from(self.way.drops) && !self.in_flight.is_empty() {
            let which = self.pick(self.in_flight.len());
            self.in_flight.remove(which);
            // The driver comes back later, so that it does not drop for ever at one instant.
            self.now += Duration::from_millis(1);
        }
    }

    /// Lets time pass until the next thing happens.
    fn advance(&mut self) {
        let timeout = self.export.poll_timeout(self.now);
        let due = self.in_flight.iter().map(InFlight::due).min();
        match (due, timeout) {
            (None, None) => assert!(self.in_flight.is_empty()),
            (Some(due), timeout) if timeout.is_none_or(|at| due <= at) => self.happen(due),
            (_, timeout) => self.now = self.now.max(timeout.expect("there is one of the two")),
        }
    }

    fn happen(&mut self, due: Duration) {
        self.now = self.now.max(due);
        let is_due = |index: &usize| self.in_flight[*index].due() == due;
        let now: Vec<usize> = (0..self.in_flight.len()).filter(is_due).collect();
        let index = now[self.pick(now.len())];
        let request = self.in_flight.swap_remove(index);

        match request.next {
            Next::Request(at) => {
                let next = self.respond(&request, at);
                self.in_flight.push(InFlight { next, ..request });
            }
            Next::Response(_, result) => self.hand_in(&request.fetch, result),
        }
    }

    fn hand_in(&mut self, fetch: &Fetch, result: Result<Response<Vec<u8>>, TransportError>) {
        if self.way.records {
            let recorded = RecordedExchange::new(fetch, self.now, &result);
            let json = serde_json::to_string(&recorded).expect("it is JSON");
            self.recorded.push(serde_json::from_str(&json).expect("our own JSON"));
        }

        match result {
            Ok(response) => {
                let exchange = self.export.handle_response(fetch, self.now, &response);
                self.note_rate_limit(&response, exchange.outcome());
            }
            Err(failure) => {
                self.export.handle_failure(fetch, self.now, failure);
            }
        }
    }

    /// The workspace gets a request, unless there is an outage.
    fn respond(&mut self, request: &InFlight, at: Duration) -> Next {
        let outage = self.way.outage.filter(|outage| (outage.from..outage.until).contains(&at));
        if let Some(outage) = outage {
            return Next::Response(at + self.latency(), outage.answer());
        }

        let response = self.workspace.answer(&request.fetch.request(), EPOCH + at);
        let back = self.latency();
        let (at, result) = deliver(request, at + back, response);
        Next::Response(at, result)
    }

    /// What a response says about the time before which nothing is to be sent.
    fn note_rate_limit(&mut self, response: &Response<Vec<u8>>, outcome: &Outcome) {
        let plan = self.export.plan();
        let limit = RateLimit::from_headers(response.headers());
        let date = response.headers().get("date").and_then(|date| date.to_str().ok());
        let date = date.and_then(Timestamp::from_http_date);

        // These come first, and the machine is asked for them by a table of its own.
        let first = ["retry-after", "x-ratelimit-retry-after"];
        if first.iter().any(|name| response.headers().contains_key(*name)) {
            return;
        }

        let (Some(reset), Some(date)) = (limit.reset, date) else { return };
        let is_obeyed = match outcome {
            Outcome::Retry { .. } => response.status() == 429,
            Outcome::Page { .. } => {
                let wait = reset.since(date) + Duration::from_secs(1);
                let waits = plan.retry.wait_for_quota && wait <= plan.retry.max_wait;
                limit.remaining == Some(0) && waits && plan.deadline.is_none() && reset > date
            }
            _ => false,
        };
        if is_obeyed {
            let reset = Duration::from_secs(reset.as_unix()).saturating_sub(EPOCH);
            self.not_before = self.not_before.max(reset);
        }
    }

    fn latency(&mut self) -> Duration {
        let longest = u64::from(self.way.latency);
        let latency = if self.way.steady { longest } else { self.random() % (longest + 1) };
        Duration::from_millis(latency)
    }

    fn pick(&mut self, from: usize) -> usize {
        usize::try_from(self.random() % from as u64).expect("below a usize")
    }

    fn random(&mut self) -> u64 {
        // xorshift64*; a seed of 0 would stay 0.
        let mut bits = self.random | 1 << 63;
        bits ^= bits >> 12;
        bits ^= bits << 25;
        bits ^= bits >> 27;
        self.random = bits;
        bits.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 16
    }
}

/// When a response is there, and what a transport makes of it.
fn deliver(
    request: &InFlight,
    at: Duration,
    response: Response<Vec<u8>>,
) -> (Duration, Result<Response<Vec<u8>>, TransportError>) {
    let Delivery { delay, mode, .. } = Delivery::of(&response);
    let limit = request.sent_at + request.fetch.timeout();
    let late = || TransportError::new(TransportErrorKind::Timeout, "no whole response in time");
    let failed = |kind| Err(TransportError::new(kind, "as the script says"));
    let len = u32::try_from(response.body().len()).expect("a page is short");

    let mut at = at + delay;
    let result = match mode {
        DeliveryMode::Cut { .. } | DeliveryMode::Close | DeliveryMode::Reset { .. } => {
            failed(TransportErrorKind::Closed)
        }
        DeliveryMode::Stall { .. } => return (limit, Err(late())),
        DeliveryMode::Endless => failed(TransportErrorKind::BodyTooLarge),
        DeliveryMode::Verbatim(_) => failed(TransportErrorKind::InvalidHttp),
        DeliveryMode::Drip { every } => {
            at += every * len;
            Ok(response)
        }
        DeliveryMode::DripHead { every } => {
            let line =
                |(name, value): (&HeaderName, &HeaderValue)| name.as_str().len() + value.len();
            let head: usize = response.headers().iter().map(line).sum();
            at += every * u32::try_from(head).expect("a head is short");
            Ok(response)
        }
        _ if response.body().len() > request.fetch.max_body() => {
            failed(TransportErrorKind::BodyTooLarge)
        }
        _ => Ok(response),
    };

    if at > limit { (limit, Err(late())) } else { (at, result) }
}
