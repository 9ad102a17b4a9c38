use std::sync::OnceLock;
use std::time::Duration;

use http::Response;
use segments_core::export::Outcome;
use segments_core::{
    Api, ApiKey, Batch, Error, Export, Instance, List, Step, TransportError, TransportErrorKind,
};

use super::chooser::Chooser;
use super::in_flight::InFlight;
use super::run::{Answered, Run};
use super::setup::Setup;
use super::world::{World, pick};

pub(super) struct Simulation {
    setup: Setup,
    export: Export,
    list: List,
    pub(super) in_flight: Vec<InFlight>,
    /// Requests that were given up, and whose responses still come.
    abandoned: Vec<InFlight>,
    pub(super) now: Duration,
    /// The zero of this export's clock.
    zero: Duration,
    pub(super) run: Run,
}

const KEY: &str = "key";

fn api() -> Api {
    static API: OnceLock<Api> = OnceLock::new();
    let new = || Api::new(Instance::Us01.into(), ApiKey::new(KEY).expect("a key"));
    API.get_or_init(new).clone()
}

/// The result of an export that has none yet.
fn nothing() -> Error {
    let refused = Response::builder().status(404).body("").expect("a response");
    api().read(&refused).expect_err("a page cannot be missing")
}

impl Simulation {
    pub(super) fn new(setup: Setup, seed: u64) -> Self {
        let mut world = World::new(setup.page_size, setup.listed)
            .with_ids(setup.salt)
            .with_ties(setup.ties, seed)
            .with_short_pages(setup.hidden, setup.cuts, seed);
        if setup.emulator {
            world = world.answered_by_emulator(KEY);
        }

        let export = Export::new(api(), setup.plan());
        let run = Run {
            result: Err(nothing()),
            report: export.report(),
            found: Vec::new(),
            batches: Vec::new(),
            answers: Vec::new(),
            world,
            moments: vec![(Duration::ZERO, 0)],
            asked: 0,
            time: Duration::ZERO,
        };

        Self {
            setup,
            export,
            list: List::default(),
            in_flight: Vec::new(),
            abandoned: Vec::new(),
            now: Duration::ZERO,
            zero: Duration::ZERO,
            run,
        }
    }

    /// Takes what is handed out and sends what is wanted; false at the end.
    pub(super) fn turn(&mut self) -> bool {
        // Before the questions then, so that they are answered in the same second.
        if self.setup.instant && !self.run.answers.is_empty() {
            self.tick();
        }

        loop {
            let clock = self.clock();
            match self.export.poll(clock) {
                Ok(Step::Batch(Batch::Segments(batch))) => {
                    let world = &self.run.world;
                    self.run.batches.push(batch.iter().map(|one| world.row(one)).collect());
                    self.list.extend(batch);
                    continue;
                }
                Ok(Step::Batch(Batch::Updates(updates))) => {
                    self.list.update(updates);
                    continue;
                }
                Ok(Step::Done(report)) => {
                    self.run.result = Ok(report);
                    return false;
                }
                Err(error) => {
                    self.run.result = Err(error);
                    return false;
                }
                Ok(Step::Wait { until }) => {
                    self.send_wanted(clock);
                    if self.in_flight.is_empty() {
                        assert!(until > clock, "it waits for nothing");
                        self.now = self.zero + until;
                        continue;
                    }
                }
                Ok(Step::Send(_)) => {}
            }
            self.send_wanted(clock);
            if !self.setup.instant {
                self.tick();
            }
            return true;
        }
    }

    /// Sends what is wanted, and gives up what is no longer needed.
    fn send_wanted(&mut self, clock: Duration) {
        let wanted = self.export.poll_fetches(clock);
        assert!(wanted.len() <= usize::from(self.setup.window.max(1)), "too many in request");

        let mut index = 0;
        while index < self.in_flight.len() {
            let id = self.in_flight[index].fetch.id();
            if self.export.is_needed(id) {
                index += 1;
            } else {
                self.abandoned.push(self.in_flight.remove(index));
            }
        }

        for fetch in wanted {
            if self.in_flight.iter().all(|request| request.fetch.id() != fetch.id()) {
                let twice =
                    self.in_flight.iter().any(|request| request.fetch.list() == fetch.list());
                assert!(!twice, "a page is asked for twice at a time");
                self.run.asked += 1;
                let sent = self.run.world.now();
                self.in_flight.push(InFlight { fetch, sent, response: None });
            }
        }
    }

    /// The time on the export's clock.
    fn clock(&self) -> Duration {
        self.now.saturating_sub(self.zero)
    }

    /// Lets a second pass.
    pub(super) fn tick(&mut self) {
        self.now += Duration::from_secs(1);
        self.mark();
    }

    pub(super) fn mark(&mut self) {
        self.run.moments.push((self.now, self.run.world.now()));
    }

    pub(super) fn happen(&mut self, left: &mut Setup, chooser: &mut impl Chooser) {
        let per_mille = self.setup.per_mille;
        if left.events > 0 && chooser.happens(per_mille) {
            self.change_some(left, chooser);
        } else if left.edits > 0 && chooser.happens(per_mille) {
            left.edits -= 1;
            let listed = self.run.world.listed();
            if !listed.is_empty() {
                self.answer_some(chooser);
                self.part();
                self.run.world.edit(pick(&[listed], chooser));
                self.mark();
            }
        } else if left.failures > 0 && chooser.happens(per_mille) {
            left.failures -= 1;
            let request = self.in_flight.remove(chooser.choose(self.in_flight.len()));
            self.lose(request);
        } else if left.breaks > 0 && chooser.happens(per_mille) {
            left.breaks -= 1;
            self.resume();
        } else {
            let abandoned = if self.setup.failures > 0 { self.abandoned.len() } else { 0 };
            let index = chooser.choose(self.in_flight.len() + abandoned);
            let request = match index.checked_sub(self.in_flight.len()) {
                None => self.in_flight.remove(index),
                Some(ghost) => self.abandoned.remove(ghost),
            };
            self.deliver(request);
            // Between two questions; otherwise a question comes before every event.
            if self.setup.instant && left.events > 0 && chooser.happens(per_mille) {
                self.change_some(left, chooser);
            }
        }
    }

    fn change_some(&mut self, left: &mut Setup, chooser: &mut impl Chooser) {
        let kinds = self.run.world.events(self.setup.class, self.setup.ranks);
        left.events -= 1;
        if !kinds.is_empty() {
            self.answer_some(chooser);
            self.part();
            self.run.world.change(pick(&kinds, chooser));
            self.mark();
        }
    }

    /// What happens has a time of its own, later than what was asked and answered before it.
    fn part(&mut self) {
        if self.setup.instant {
            self.tick();
        }
    }

    /// Before an event, any of the responses in request can be made. The others are made when they
    /// arrive, which is all the difference there is.
    fn answer_some(&mut self, chooser: &mut impl Chooser) {
        let window = self.setup.window > 1 || self.setup.failures > 0;
        let in_flight = self.in_flight.iter_mut().chain(&mut self.abandoned);
        for request in in_flight.filter(|request| window && request.response.is_none()) {
            if chooser.happens(500) {
                request.respond(&mut self.run.world, self.now);
            }
        }
    }

    pub(super) fn deliver(&mut self, request: InFlight) {
        let mut request = request;
        request.respond(&mut self.run.world, self.now);
        let (InFlight { fetch, sent, response }, world) = (request, &self.run.world);
        let (rows, response, made) = response.expect("it was made");
        let moments = (sent, made, world.now());

        assert!(moments.0 <= moments.1 && moments.1 <= moments.2, "an answer in its interval");

        let before = cfg!(debug_assertions).then(|| self.export.report().anomalies);
        let clock = self.clock();
        let exchange = self.export.handle_response(&fetch, clock, &response);

        if let Some(before) = before {
            let after = self.export.report().anomalies;
            assert!(after.starts_with(&before), "an anomaly is never taken back");
        }

        let taken = !matches!(exchange.outcome(), Outcome::Ignored);
        let (list, pass) = (fetch.list(), fetch.pass());
        self.run.answers.push(Answered { list, pass, moments, rows, taken });
    }

    pub(super) fn lose(&mut self, request: InFlight) {
        let failure = TransportError::new(TransportErrorKind::Closed, "");
        let clock = self.clock();
        self.export.handle_failure(&request.fetch, clock, failure);
        self.abandoned.push(request);
    }

    /// Puts the export aside and goes on with what was written down.
    pub(super) fn resume(&mut self) {
        let checkpoint = self.export.checkpoint(self.clock());
        let text = serde_json::to_string(&checkpoint).expect("it serialises");
        let checkpoint = serde_json::from_str(&text).expect("it was just written");
        let same = serde_json::to_string(&checkpoint).expect("it serialises");

        assert_eq!(text, same, "a checkpoint is the same again");

        self.export = Export::resume(api(), self.setup.plan(), checkpoint).expect("it is ours");
        self.zero = self.now;
        self.in_flight.clear();
        self.abandoned.clear();
    }

    pub(super) fn finish(mut self) -> Run {
        // What still comes after the end changes nothing.
        let abandoned = std::mem::take(&mut self.abandoned);
        let late: Vec<InFlight> = self.in_flight.drain(..).chain(abandoned).collect();
        let answers = self.run.answers.len();

        for request in late {
            self.deliver(request);
        }

        assert!(self.run.answers[answers..].iter().all(|late| !late.taken), "late and taken");

        self.run.answers.truncate(answers);
        let clock = self.clock();

        match (self.export.poll(clock), &self.run.result) {
            (Ok(Step::Done(again)), Ok(report)) => {
                let mut again = again;
                again.requests = report.requests;
                assert_eq!(again, *report, "done for ever");
            }
            (Err(again), Err(error)) => assert_eq!(again, *error, "failed for ever"),
            (other, _) => panic!("done, and then {other:?}"),
        }

        let Self { list, export, now, mut run, .. } = self;
        (run.report, run.time) = (export.report(), now);
        let segments = match &run.result {
            Ok(report) => list.finish(report),
            Err(_) => list.segments().collect(),
        };
        run.found = segments.iter().map(|segment| run.world.row(segment)).collect();
        run
    }
}
