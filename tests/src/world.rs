//! Whole exports against the emulator, in virtual time and without sockets.
//!
//! The driver does what a transport would: it keeps a window of requests in flight, brings answers
//! in another order than that of asking, cuts, stalls and closes where the emulator's script says
//! so, and loses requests of its own. What must hold at every moment is asserted on the way.

use std::time::Duration;

use http::{HeaderName, HeaderValue, Response};
use segments_core::export::{FetchId, Outcome};
use segments_core::response::{RateLimit, Timestamp};
use segments_core::{
    Api, ApiKey, Endpoint, Error, Export, Fetch, List, ListRequest, Plan, Report, Segment, Step,
    TransportError, TransportErrorKind,
};
use segments_emulator::{Delivery, DeliveryMode, Workspace};

/// The key that a workspace must have for [`run`].
pub const KEY: &str = "CANARY-world-7c1e";

/// When every run begins: the second of a recorded answer, 177 s before a clock hour.
pub const EPOCH: Duration = Duration::from_secs(1_592_427_423);

/// How the way between driver and workspace is.
#[derive(Debug, Clone, Copy, Default)]
pub struct Way {
    /// Decides every latency, and what is lost.
    pub seed: u64,
    /// The longest latency of each of the two ways, in milliseconds.
    pub latency: u32,
    /// Every latency is the longest.
    pub steady: bool,
    /// Of 256 steps, in how many the driver drops a request of its own.
    pub drops: u8,
    /// Requests that are no longer wanted go on, and their answers are handed in.
    pub patient: bool,
    /// The request that fails in the transport, counted from 0, and how.
    pub failure: Option<(usize, TransportErrorKind)>,
    /// The time in which nothing gets through.
    pub outage: Option<Outage>,
}

/// A time in which every request that arrives fails alike.
#[derive(Debug, Clone, Copy)]
pub struct Outage {
    /// Its first moment.
    pub from: Duration,
    /// The first moment after it.
    pub until: Duration,
    /// With which bare status it is answered; without one there is no connection.
    pub status: Option<u16>,
}

impl Outage {
    fn answer(self) -> Result<Response<Vec<u8>>, TransportError> {
        let Some(status) = self.status else {
            return Err(TransportError::new(TransportErrorKind::Connect, "nobody is there"));
        };
        let response = Response::builder().status(status).body(Vec::new());
        Ok(response.expect("a status"))
    }
}

/// What became of an export.
#[derive(Debug)]
pub struct Run {
    /// How it ended.
    pub result: Result<Report, Error>,
    /// The report at the end, also of an export that failed.
    pub report: Report,
    /// The list: in its final form, or what was handed out before the error.
    pub list: Vec<Segment>,
    /// Every request, in the order of sending.
    pub sent: Vec<Sent>,
    /// When it ended.
    pub ended_at: Duration,
    /// The workspace afterwards.
    pub workspace: Workspace,
}

/// A request that was sent.
#[derive(Debug, Clone, Copy)]
pub struct Sent {
    /// What it asked for.
    pub list: ListRequest,
    /// Which attempt it was.
    pub attempt: u32,
    /// When it was sent.
    pub at: Duration,
}

/// Runs an export to its end.
///
/// # Panics
/// If a rule of sending is broken, or if there is no end.
pub fn run(workspace: Workspace, plan: Plan, way: Way) -> Run {
    run_with(workspace, plan, KEY, way)
}

/// As [`run`], with another key.
///
/// # Panics
/// As [`run`], and if it is no key.
pub fn run_with(workspace: Workspace, plan: Plan, key: &str, way: Way) -> Run {
    let endpoint = Endpoint::new("http://127.0.0.1").expect("an endpoint");
    let api = Api::new(endpoint, ApiKey::new(key).expect("a key"));
    let mut driver = Driver {
        export: Export::new(api, plan),
        workspace,
        way,
        random: way.seed,
        now: Duration::ZERO,
        flights: Vec::new(),
        list: List::default(),
        sent: Vec::new(),
        not_before: Duration::ZERO,
    };
    for _ in 0..100_000 {
        driver.land_in_time();
        if let Some(result) = driver.drain() {
            let report = driver.export.report();
            let Driver { list, sent, now, workspace, .. } = driver;
            let list = match &result {
                Ok(report) => list.finish(report),
                Err(_) => list.segments().to_vec(),
            };
            return Run { result, report, list, sent, ended_at: now, workspace };
        }
        driver.start();
        driver.lose();
        driver.wait();
    }
    panic!("no end after {} requests", driver.sent.len());
}

struct Driver {
    export: Export,
    workspace: Workspace,
    way: Way,
    random: u64,
    now: Duration,
    flights: Vec<Flight>,
    list: List,
    sent: Vec<Sent>,
    /// No request before this, because the server said so.
    not_before: Duration,
}

struct Flight {
    fetch: Fetch,
    sent_at: Duration,
    next: Leg,
}

/// What happens to a request next, and when.
enum Leg {
    Arrives(Duration),
    Lands(Duration, Result<Response<Vec<u8>>, TransportError>),
}

impl Flight {
    fn id(&self) -> FetchId {
        self.fetch.id()
    }

    fn due(&self) -> Duration {
        match self.next {
            Leg::Arrives(at) | Leg::Lands(at, _) => at,
        }
    }
}

impl Driver {
    /// What lands at the moment of the deadline has come in time.
    fn land_in_time(&mut self) {
        if self.export.plan().deadline != Some(self.now) {
            return;
        }
        while let Some(due) = self.flights.iter().map(Flight::due).find(|due| *due <= self.now) {
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

    fn start(&mut self) {
        let plan = self.export.plan();
        let window = usize::from(plan.window.max(1));
        let (deadline, attempts) = (plan.deadline, plan.retry.max_attempts.max(1));
        let wanted = self.export.poll_fetches(self.now);
        let is_needed = |flight: &Flight| self.export.is_needed(flight.id());
        if !self.way.patient {
            self.flights.retain(is_needed);
        }
        for fetch in &wanted {
            if self.flights.iter().any(|flight| flight.id() == fetch.id()) {
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
                    Leg::Lands(arrives, Err(TransportError::new(kind, "as the way is")))
                }
                _ => Leg::Arrives(arrives),
            };
            self.flights.push(Flight { fetch: fetch.clone(), sent_at: self.now, next });
        }
        let in_use =
            self.flights.iter().filter(|flight| self.export.is_needed(flight.id())).count();
        assert!(in_use <= window, "{in_use} requests in flight");
    }

    /// A request whose future is dropped, wherever it is: the export is not told.
    fn lose(&mut self) {
        if self.random() % 256 < u64::from(self.way.drops) && !self.flights.is_empty() {
            let which = self.pick(self.flights.len());
            self.flights.remove(which);
            // The driver comes back later, so that it does not drop for ever at one instant.
            self.now += Duration::from_millis(1);
        }
    }

    /// Goes on to whatever happens next.
    fn wait(&mut self) {
        let wake = self.export.poll_timeout(self.now);
        let due = self.flights.iter().map(Flight::due).min();
        match (due, wake) {
            (None, None) => assert!(self.flights.is_empty()),
            (Some(due), wake) if wake.is_none_or(|wake| due <= wake) => self.happen(due),
            (_, wake) => self.now = self.now.max(wake.expect("there is one of the two")),
        }
    }

    fn happen(&mut self, due: Duration) {
        self.now = self.now.max(due);
        let now: Vec<usize> =
            (0..self.flights.len()).filter(|index| self.flights[*index].due() == due).collect();
        let index = now[self.pick(now.len())];
        let flight = self.flights.swap_remove(index);
        match flight.next {
            Leg::Arrives(at) => {
                let outage =
                    self.way.outage.filter(|outage| (outage.from..outage.until).contains(&at));
                if let Some(outage) = outage {
                    let lands = at + self.latency();
                    self.flights
                        .push(Flight { next: Leg::Lands(lands, outage.answer()), ..flight });
                    return;
                }
                let response = self.workspace.answer(&flight.fetch.request(), EPOCH + at);
                let back = self.latency();
                let (lands, answer) = deliver(&flight, at + back, response);
                self.flights.push(Flight { next: Leg::Lands(lands, answer), ..flight });
            }
            Leg::Lands(_, Ok(response)) => {
                let exchange = self.export.handle_response(&flight.fetch, self.now, &response);
                self.heed(&response, exchange.outcome());
            }
            Leg::Lands(_, Err(failure)) => {
                self.export.handle_failure(&flight.fetch, self.now, failure);
            }
        }
    }

    /// What an answer says about the time before which nothing is to be sent.
    fn heed(&mut self, response: &Response<Vec<u8>>, outcome: &Outcome) {
        let plan = self.export.plan();
        let limit = RateLimit::from_headers(response.headers());
        let date = response.headers().get("date").and_then(|date| date.to_str().ok());
        let date = date.and_then(Timestamp::from_http_date);
        // These come first, and the machine is asked for them by a table of its own.
        let told = ["retry-after", "x-ratelimit-retry-after"];
        if told.iter().any(|name| response.headers().contains_key(*name)) {
            return;
        }
        let (Some(reset), Some(date)) = (limit.reset, date) else { return };
        let obeyed = match outcome {
            Outcome::Retry { .. } => response.status() == 429,
            Outcome::Page { .. } => {
                let wait = reset.since(date) + Duration::from_secs(1);
                let pace = plan.retry.wait_for_quota && wait <= plan.retry.max_wait;
                limit.remaining == Some(0) && pace && plan.deadline.is_none() && reset > date
            }
            _ => false,
        };
        if obeyed {
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

/// When an answer is there, and what a transport makes of it.
fn deliver(
    flight: &Flight,
    lands: Duration,
    response: Response<Vec<u8>>,
) -> (Duration, Result<Response<Vec<u8>>, TransportError>) {
    let Delivery { delay, mode, .. } = Delivery::of(&response);
    let limit = flight.sent_at + flight.fetch.timeout();
    let late = || TransportError::new(TransportErrorKind::Timeout, "no whole answer in time");
    let failed = |kind| Err(TransportError::new(kind, "as the script says"));
    let len = u32::try_from(response.body().len()).expect("a page is short");
    let mut lands = lands + delay;
    let answer = match mode {
        DeliveryMode::Cut { .. } | DeliveryMode::Close | DeliveryMode::Reset { .. } => {
            failed(TransportErrorKind::Closed)
        }
        DeliveryMode::Stall { .. } => return (limit, Err(late())),
        DeliveryMode::Endless => failed(TransportErrorKind::BodyTooLarge),
        DeliveryMode::Verbatim(_) => failed(TransportErrorKind::InvalidHttp),
        DeliveryMode::Drip { every } => {
            lands += every * len;
            Ok(response)
        }
        DeliveryMode::DripHead { every } => {
            let line =
                |(name, value): (&HeaderName, &HeaderValue)| name.as_str().len() + value.len();
            let head: usize = response.headers().iter().map(line).sum();
            lands += every * u32::try_from(head).expect("a head is short");
            Ok(response)
        }
        _ if response.body().len() > flight.fetch.max_body() => {
            failed(TransportErrorKind::BodyTooLarge)
        }
        _ => Ok(response),
    };
    if lands > limit { (limit, Err(late())) } else { (lands, answer) }
}
