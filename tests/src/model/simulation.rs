use std::sync::OnceLock;
use std::time::Duration;

use http::Response;
use segments_core::export::Outcome;
use segments_core::{
    Api, ApiKey, Batch, Error, Export, Fetch, Instance, List, Step, TransportError,
    TransportErrorKind,
};

use super::chooser::Chooser;
use super::judge;
use super::run::{Answered, Run};
use super::setup::Setup;
use super::world::{World, pick};

pub(super) struct Flight {
    pub(super) fetch: Fetch,
    sent: usize,
    pub(super) answer: Option<(Vec<usize>, Response<Vec<u8>>, usize)>,
}

pub(super) struct Simulation {
    setup: Setup,
    export: Export,
    list: List,
    /// Requests in flight, and those that were given up and whose answers still come.
    pub(super) flights: Vec<Flight>,
    ghosts: Vec<Flight>,
    pub(super) now: Duration,
    /// The zero of this export's clock.
    zero: Duration,
    pub(super) run: Run,
}

/// Runs an export against a world in which `chooser` decides what happens when, and panics if it
/// claims anything that is not so.
pub fn simulate(setup: Setup, chooser: &mut impl Chooser) -> Run {
    let run = run(setup, chooser);
    if let Err(falsehood) = judge::judge(&setup, &run) {
        panic!("{falsehood}\n{setup:?}\n{run}");
    }
    run
}

/// The same without the judge.
pub fn run(setup: Setup, chooser: &mut impl Chooser) -> Run {
    let by_seed = setup.ties > 1 || setup.cuts > 0;
    let seed = if by_seed { chooser.choose(1 << 16) as u64 } else { 0 };
    let mut simulation = Simulation::new(setup, seed);
    let mut left = setup;
    while simulation.turn() {
        simulation.happen(&mut left, chooser);
    }
    simulation.finish()
}

/// A run on a quiet list in which something happens between the making of answer number `last`,
/// counted from 1, and its arrival.
pub fn run_until(
    setup: Setup,
    chooser: &mut impl Chooser,
    last: usize,
    happens: impl FnOnce(&mut World),
) -> Run {
    let mut simulation = Simulation::new(setup, 0);
    let (mut left, mut happens) = (setup, Some(happens));
    while simulation.turn() {
        if simulation.run.answers.len() + 1 == last {
            for flight in &mut simulation.flights {
                flight.make(&mut simulation.run.world, simulation.now);
            }
            if let Some(happens) = happens.take() {
                happens(&mut simulation.run.world);
            }
        }
        simulation.happen(&mut left, chooser);
    }
    simulation.finish()
}

/// A run on a quiet list that is put aside after so many answers and resumed, if it lasts so long:
/// also how many requests it took until then.
pub fn run_broken(setup: Setup, after: usize) -> Option<(u64, Run)> {
    let mut simulation = Simulation::new(setup, 0);
    let mut before = None;
    while simulation.turn() {
        if before.is_none() && simulation.run.answers.len() == after {
            before = Some(after as u64);
            simulation.interrupt();
            continue;
        }
        let flight = simulation.flights.remove(0);
        simulation.deliver(flight);
    }
    before.map(|before| (before, simulation.finish()))
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

impl Flight {
    /// Answers it as of now, unless that was done before.
    pub(super) fn make(&mut self, world: &mut World, time: Duration) {
        if self.answer.is_none() {
            let (rows, response) = world.answer(&self.fetch, time);
            self.answer = Some((rows, response, world.now()));
        }
    }
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
            flights: Vec::new(),
            ghosts: Vec::new(),
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
                    self.ask(clock);
                    if self.flights.is_empty() {
                        assert!(until > clock, "it waits for nothing");
                        self.now = self.zero + until;
                        continue;
                    }
                }
                Ok(Step::Send(_)) => {}
            }
            self.ask(clock);
            if !self.setup.instant {
                self.tick();
            }
            return true;
        }
    }

    /// Sends what is wanted, and gives up what is no longer needed.
    fn ask(&mut self, clock: Duration) {
        let wanted = self.export.poll_fetches(clock);
        assert!(wanted.len() <= usize::from(self.setup.window.max(1)), "too many in flight");
        let mut index = 0;
        while index < self.flights.len() {
            let id = self.flights[index].fetch.id();
            if self.export.is_needed(id) {
                index += 1;
            } else {
                self.ghosts.push(self.flights.remove(index));
            }
        }
        for fetch in wanted {
            if self.flights.iter().all(|flight| flight.fetch.id() != fetch.id()) {
                let twice = self.flights.iter().any(|flight| flight.fetch.list() == fetch.list());
                assert!(!twice, "a page is asked for twice at a time");
                self.run.asked += 1;
                let sent = self.run.world.now();
                self.flights.push(Flight { fetch, sent, answer: None });
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

    fn happen(&mut self, left: &mut Setup, chooser: &mut impl Chooser) {
        let per_mille = self.setup.per_mille;
        if left.events > 0 && chooser.happens(per_mille) {
            self.toggle_some(left, chooser);
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
            let flight = self.flights.remove(chooser.choose(self.flights.len()));
            self.lose(flight);
        } else if left.breaks > 0 && chooser.happens(per_mille) {
            left.breaks -= 1;
            self.interrupt();
        } else {
            let ghosts = if self.setup.failures > 0 { self.ghosts.len() } else { 0 };
            let index = chooser.choose(self.flights.len() + ghosts);
            let flight = match index.checked_sub(self.flights.len()) {
                None => self.flights.remove(index),
                Some(ghost) => self.ghosts.remove(ghost),
            };
            self.deliver(flight);
            // Between two questions; otherwise a question comes before every event.
            if self.setup.instant && left.events > 0 && chooser.happens(per_mille) {
                self.toggle_some(left, chooser);
            }
        }
    }

    fn toggle_some(&mut self, left: &mut Setup, chooser: &mut impl Chooser) {
        let kinds = self.run.world.events(self.setup.class, self.setup.ranks);
        left.events -= 1;
        if !kinds.is_empty() {
            self.answer_some(chooser);
            self.part();
            self.run.world.toggle(pick(&kinds, chooser));
            self.mark();
        }
    }

    /// What happens has a time of its own, later than what was asked and answered before it.
    fn part(&mut self) {
        if self.setup.instant {
            self.tick();
        }
    }

    /// Before an event, any of the answers in flight can be made. The others are made when they
    /// arrive, which is all the difference there is.
    fn answer_some(&mut self, chooser: &mut impl Chooser) {
        let window = self.setup.window > 1 || self.setup.failures > 0;
        let flights = self.flights.iter_mut().chain(&mut self.ghosts);
        for flight in flights.filter(|flight| window && flight.answer.is_none()) {
            if chooser.happens(500) {
                flight.make(&mut self.run.world, self.now);
            }
        }
    }

    pub(super) fn deliver(&mut self, flight: Flight) {
        let mut flight = flight;
        flight.make(&mut self.run.world, self.now);
        let (Flight { fetch, sent, answer }, world) = (flight, &self.run.world);
        let (rows, response, made) = answer.expect("it was made");
        let moments = (sent, made, world.now());
        assert!(moments.0 <= moments.1 && moments.1 <= moments.2, "an answer in its interval");
        let before = cfg!(debug_assertions).then(|| self.export.report().anomalies);
        let clock = self.clock();
        let exchange = self.export.handle_response(&fetch, clock, &response);
        if let Some(before) = before {
            let after = self.export.report().anomalies;
            assert!(after.starts_with(&before), "anomalies is never taken back");
        }
        let taken = !matches!(exchange.outcome(), Outcome::Ignored);
        let (list, pass) = (fetch.list(), fetch.pass());
        self.run.answers.push(Answered { list, pass, moments, rows, taken });
    }

    pub(super) fn lose(&mut self, flight: Flight) {
        let failure = TransportError::new(TransportErrorKind::Closed, "");
        let clock = self.clock();
        self.export.handle_failure(&flight.fetch, clock, failure);
        self.ghosts.push(flight);
    }

    /// Puts the export aside and goes on with what was written down.
    pub(super) fn interrupt(&mut self) {
        let checkpoint = self.export.checkpoint(self.clock());
        let text = serde_json::to_string(&checkpoint).expect("it serialises");
        let checkpoint = serde_json::from_str(&text).expect("it was just written");
        let same = serde_json::to_string(&checkpoint).expect("it serialises");
        assert_eq!(text, same, "a checkpoint is the same again");
        self.export = Export::resume(api(), self.setup.plan(), checkpoint).expect("it is ours");
        self.zero = self.now;
        self.flights.clear();
        self.ghosts.clear();
    }

    pub(super) fn finish(mut self) -> Run {
        // What still comes after the end changes nothing.
        let ghosts = std::mem::take(&mut self.ghosts);
        let late: Vec<Flight> = self.flights.drain(..).chain(ghosts).collect();
        let answers = self.run.answers.len();
        for flight in late {
            self.deliver(flight);
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
            Err(_) => list.segments().to_vec(),
        };
        run.found = segments.iter().map(|segment| run.world.row(segment)).collect();
        run
    }
}
