use std::time::Duration;

use http::Response;
use segments_core::{
    Api, ApiKey, Completeness, Error, Export, Failure, FailureKind, Fetch, Goal, Instance, List,
    Plan, Report, Segment, Step, Strength,
};

use super::chooser::Chooser;
use super::world::World;

/// One export of a changing list.
#[derive(Debug, Clone, Copy)]
pub struct Setup {
    /// What it is to prove.
    pub goal: Goal,
    /// Rows of a page.
    pub page_size: usize,
    /// Requests in flight.
    pub window: u16,
    /// Ranks that exist.
    pub ranks: usize,
    /// The list at the beginning, as a set of bits.
    pub listed: u64,
    /// How often something can be created, archived or restored.
    pub events: usize,
    /// How often a segment can be edited.
    pub edits: usize,
    /// How often a request can fail.
    pub failures: usize,
    /// How often the export can be put aside and resumed.
    pub breaks: usize,
}

/// What came of it.
#[derive(Debug)]
pub struct Outcome {
    /// The report, or why there is none.
    pub result: Result<Report, Error>,
    /// The ranks of the list.
    pub ranks: Vec<usize>,
    /// The world at the end.
    pub world: World,
    /// Requests answered.
    pub requests: u64,
}

struct Flight {
    fetch: Fetch,
    sent: usize,
    answer: Option<(Response<String>, usize)>,
}

/// Runs an export against a world in which `chooser` decides what happens when, and panics if it
/// claims anything that is not so.
pub fn simulate(setup: Setup, chooser: &mut impl Chooser) -> Outcome {
    let mut world = World::new(setup.page_size, setup.listed);
    let (mut events, mut edits) = (setup.events, setup.edits);
    let (mut failures, mut breaks) = (setup.failures, setup.breaks);
    let mut plan = Plan::new(setup.goal);
    plan.window = setup.window;
    plan.page_size = setup.page_size;
    plan.retry.backoff = Duration::ZERO;
    let api = Api::new(Instance::Us01.into(), ApiKey::new("key").expect("a key"));
    let mut export = Export::new(api.clone(), plan.clone());
    let mut list = List::default();
    let mut flights: Vec<Flight> = Vec::new();
    let (mut now, mut requests) = (Duration::ZERO, 0);
    // Where the pin of a snapshot can lie: times of questions and answers, in moments.
    let mut moments: Vec<(Duration, usize)> = vec![(Duration::ZERO, 0)];
    let result = loop {
        match export.next(now) {
            Ok(Step::Segments(batch)) => {
                list.extend(batch);
                continue;
            }
            Ok(Step::Updates(updates)) => {
                list.update(updates);
                continue;
            }
            Ok(Step::Done(report)) => break Ok(report),
            Err(error) => break Err(error),
            Ok(Step::Wait { until }) if flights.is_empty() => {
                now = until;
                continue;
            }
            Ok(Step::Wait { .. } | Step::Send(_)) => {}
        }
        let wanted = export.wanted(now);
        assert!(wanted.len() <= usize::from(setup.window.max(1)));
        flights.retain(|flight| wanted.iter().any(|fetch| fetch.id() == flight.fetch.id()));
        for fetch in wanted {
            if flights.iter().all(|flight| flight.fetch.id() != fetch.id()) {
                flights.push(Flight { fetch, sent: world.now(), answer: None });
            }
        }
        // What can happen now, as ranges of one number.
        let toggles = if events > 0 { setup.ranks } else { 0 };
        let edited = if edits > 0 { setup.ranks } else { 0 };
        let failing = if failures > 0 { flights.len() } else { 0 };
        let mut choice =
            chooser.choose(flights.len() + toggles + edited + failing + usize::from(breaks > 0));
        now += Duration::from_secs(1);
        moments.push((now, world.now()));
        if choice < flights.len() {
            // An answer is made, or arrives: with one in flight both at once.
            let flight = &mut flights[choice];
            if flight.answer.is_none() {
                flight.answer = Some((world.answer(flight.fetch.list()), world.now()));
                if setup.window > 1 {
                    continue;
                }
            }
            let Flight { fetch, answer, sent } = flights.remove(choice);
            let (response, made) = answer.expect("it was made above");
            assert!(sent <= made && made <= world.now());
            requests += 1;
            export.receive(&fetch, now, &response);
            continue;
        }
        choice -= flights.len();
        if choice < toggles {
            events -= 1;
            world.toggle(choice);
            moments.push((now, world.now()));
            continue;
        }
        choice -= toggles;
        if choice < edited {
            edits -= 1;
            world.edit(choice);
            moments.push((now, world.now()));
            continue;
        }
        choice -= edited;
        if choice < failing {
            failures -= 1;
            let flight = flights.remove(choice);
            export.fail(&flight.fetch, now, Failure::new(FailureKind::Closed, ""));
            continue;
        }
        breaks -= 1;
        let checkpoint = serde_json::to_string(&export.checkpoint(now)).expect("it serialises");
        let checkpoint = serde_json::from_str(&checkpoint).expect("it was just written");
        flights.clear();
        export = Export::resume(api.clone(), plan.clone(), checkpoint).expect("it is ours");
    };
    let rank = |segment: &Segment| segment.id().parse::<usize>().expect("ids are ranks");
    let seen: Vec<usize> = list.segments().iter().map(rank).collect();
    let ranks = match &result {
        Ok(report) => list.clone().finish(report).iter().map(rank).collect(),
        Err(_) => seen.clone(),
    };
    let outcome = Outcome { result, ranks, world, requests };
    check(&setup, &outcome, &seen, &moments);
    outcome
}

/// Holds the claims against what was so.
fn check(setup: &Setup, outcome: &Outcome, seen: &[usize], moments: &[(Duration, usize)]) {
    let Outcome { result, ranks, world, .. } = outcome;
    let bits = |ranks: &[usize]| ranks.iter().fold(0_u64, |bits, rank| bits | 1 << rank);
    let (found, end) = (bits(ranks), world.now());
    assert_eq!(found.count_ones() as usize, ranks.len(), "exactly once: {outcome:?}");
    assert_eq!(bits(seen).count_ones() as usize, seen.len(), "handed out once: {outcome:?}");
    assert_eq!(found & !world.ever(0, end), 0, "listed at some moment: {outcome:?}");
    let Ok(report) = result else { return };
    let missed = world.stable(0, end) & !found;
    match report.completeness {
        Completeness::Complete => assert_eq!(missed, 0, "complete: {outcome:?}"),
        Completeness::UnlessUndone if !world.undone() => {
            assert_eq!(missed, 0, "complete unless undone: {outcome:?}");
        }
        _ => {}
    }
    let volatile: Vec<usize> =
        report.volatile.iter().map(|id| id.parse().expect("ids are ranks")).collect();
    assert_eq!(bits(&volatile) & world.stable(0, end), 0, "volatile: {outcome:?}");
    // Answers cannot compare everything that was not there all the time; two equal passes can.
    let clean = report.snapshot.is_some_and(|claim| claim.strength != Strength::Counted);
    let linked = report.completeness == Completeness::Complete;
    let in_order = match (clean || end == 0, linked) {
        (true, _) => u64::MAX,
        (_, true) => world.stable(0, end),
        _ => 0,
    };
    let placed = ranks.iter().filter(|rank| in_order & (1 << **rank) != 0);
    if setup.goal != Goal::Walk {
        assert!(placed.is_sorted(), "order of creation: {outcome:?}");
    }
    let Some(claim) = report.snapshot else {
        assert_ne!(setup.goal, Goal::Snapshot, "a snapshot without a claim: {outcome:?}");
        return;
    };
    if world.undone() && claim.strength != Strength::Atomic {
        return;
    }
    let within = |at: &Duration| *at <= claim.as_of.end;
    let from = moments.iter().rev().find(|(at, _)| *at <= claim.as_of.start).map_or(0, |m| m.1);
    let to = moments.iter().rev().find(|(at, _)| within(at)).map_or(0, |m| m.1);
    assert!(
        setup.breaks > 0 || (from..=to).any(|moment| world.at(moment) == found),
        "the list at a moment of {from}..={to}: {outcome:?}"
    );
}
