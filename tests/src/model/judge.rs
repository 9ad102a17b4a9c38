use std::time::Duration;

use segments_core::report::{Assumption, Completeness, OrderBasis, Strength};
use segments_core::{Goal, Report};
use segments_proptest::judge::{Difference, out_of_order};

use super::failed::claims_nothing;
use super::hold::hold;
use super::ranks::Ranks;
use super::run::Run;
use super::setup::Setup;
use super::shown::{late, refuted};
use super::world::World;

/// Holds the claims of a run against what was so.
///
/// # Errors
/// What is claimed and not so: the first of all falsehoods.
pub fn judge(setup: &Setup, run: &Run) -> Result<(), &'static str> {
    falsehoods(setup, run).first().map_or(Ok(()), |first| Err(first))
}

/// Everything that is claimed and not so.
pub fn falsehoods(setup: &Setup, run: &Run) -> Vec<&'static str> {
    let ranks: Vec<usize> = run.found.iter().map(|(rank, _)| *rank).collect();
    let found: Ranks = ranks.iter().copied().collect();
    let mut judgements = vec![rows(run, &ranks)];

    match &run.result {
        Err(_) => judgements.push(claims_nothing(setup, run)),
        Ok(report) => judgements.extend([
            counts(report, run),
            time(report, run),
            refuted(setup, run, found),
            late(setup, report, run, found),
            completeness(setup, report, run, &ranks),
            order(setup, report, &run.world, &ranks),
            snapshot(setup, report, run, found),
        ]),
    }

    judgements.into_iter().filter_map(Result::err).collect()
}

/// Each segment once, and as it was at some moment.
fn rows(run: &Run, ranks: &[usize]) -> Result<(), &'static str> {
    let world = &run.world;
    let ever: Vec<usize> = world.ever().iter().collect();
    let list = Difference::of(&[], &ever, ranks);
    hold(list.doubled.is_empty(), "a segment is in the list twice")?;

    let handed: Vec<usize> = run.batches.iter().flatten().map(|(rank, _)| *rank).collect();
    let handed = Difference::of(&[], &ever, &handed);
    hold(handed.doubled.is_empty(), "a segment was handed out twice")?;
    let invented = list.invented.iter().chain(&handed.invented).next();
    hold(invented.is_none(), "a segment was never listed")?;

    let rows = run.found.iter().chain(run.batches.iter().flatten());
    let mut rows = rows.filter(|(_, version)| *version > 0 || world.now() > world.changes());
    hold(rows.all(|(rank, version)| world.had(*rank, *version)), "attributes it never had")
}

fn counts(report: &Report, run: &Run) -> Result<(), &'static str> {
    hold(report.segments == run.found.len() as u64, "another number of segments than handed out")
}

/// No time passes outside of the export's calls, and it counts that of every process.
fn time(report: &Report, run: &Run) -> Result<(), &'static str> {
    let length = report.interval.map(|interval| interval.length());
    hold(length <= Some(report.elapsed), "an interval longer than the export")?;
    hold(report.elapsed == run.time, "another time than it took")
}

/// The state of the world at a time: after everything that happened until then.
fn moment(run: &Run, time: Duration) -> usize {
    let before = run.moments.partition_point(|(at, _)| *at <= time);
    before.checked_sub(1).map_or(0, |index| run.moments[index].1)
}

fn completeness(
    setup: &Setup,
    report: &Report,
    run: &Run,
    ranks: &[usize],
) -> Result<(), &'static str> {
    let world = &run.world;
    let Some(interval) = report.interval else { return Err("a list without a page") };
    let stable = world.stable(moment(run, interval.start), moment(run, interval.end));

    // What is hidden was never listed, for all that a reader can tell.
    let stable = stable.without(setup.hidden);
    let listed: Vec<usize> = stable.iter().collect();
    let missed = Difference::of(&listed, &listed, ranks).missing;

    // Where the named assumption does not hold, there is no claim.
    let void = setup.shortens() && report.assumptions.contains(&Assumption::ShortPageIsEnd);
    match report.completeness {
        Completeness::Complete if !void => {
            hold(missed.is_empty(), "complete, and a segment is missing")?;
        }
        Completeness::CompleteByCount if !world.undone() && !void => {
            hold(missed.is_empty(), "complete unless undone, and a segment is missing")?;
        }
        _ => {}
    }

    let unlisted_meanwhile: Ranks =
        report.unlisted_meanwhile.iter().map(|id| world.rank(id)).collect();
    hold(unlisted_meanwhile.and(stable).is_empty(), "unlisted_meanwhile, and listed all the time")
}

/// Answers cannot compare everything that was not there all the time; two equal passes can. Where
/// the report says that it guesses, it claims no order.
fn order(
    setup: &Setup,
    report: &Report,
    world: &World,
    ranks: &[usize],
) -> Result<(), &'static str> {
    hold((report.order_basis == OrderBasis::AsRead) == (setup.goal == Goal::Walk), "no order")?;

    if !world.is_ordered() || report.order_basis == OrderBasis::Guess {
        return Ok(());
    }

    let snapshot = report.snapshot.is_some();
    let at_once = report.snapshot.is_some_and(|claim| claim.strength != Strength::Counted)
        || snapshot && !world.undone();

    let comparable = match setup.goal {
        Goal::Walk if world.changes() > 0 => return Ok(()),
        // What is listed at one moment has an order.
        _ if at_once || world.changes() == 0 => world.ever(),
        _ => world.stable(0, world.now()),
    };

    let in_order = |among: Ranks| {
        let among: Vec<usize> = among.iter().collect();
        out_of_order(&among, ranks, setup.direction).next().is_none()
    };
    let stable = comparable.and(world.stable(0, world.now()));
    hold(in_order(stable), "stable segments not in the order of creation")?;
    hold(in_order(comparable), "not in the order of creation")
}

/// So many events have to be timed exactly to make two equal passes show what never was; fewer
/// where the list ends with a full page.
const FOOLED_BY: (usize, usize) = (5, 3);

fn snapshot(setup: &Setup, report: &Report, run: &Run, found: Ranks) -> Result<(), &'static str> {
    let world = &run.world;
    let Some(claim) = report.snapshot else {
        return hold(setup.goal != Goal::Snapshot, "a snapshot without a claim");
    };

    if setup.shortens() {
        return Ok(());
    }

    if claim.strength == Strength::Atomic {
        let short = report.segments < setup.page_size as u64;
        // The one response, and the empty page behind it.
        hold(report.pages <= 2 && short, "atomic of several pages")?;
    } else if world.undone() {
        let fooled_by = if world.divides() { FOOLED_BY.1 } else { FOOLED_BY.0 };
        let one_by_one = setup.window == 1 && setup.failures == 0;
        let was = (0..=world.now()).any(|at| world.at(at) == found);
        let few = claim.strength == Strength::Clean && world.changes() < fooled_by && one_by_one;
        return hold(was || !few, "two equal passes show what never was");
    }

    let settled = |(rank, _): &&(usize, usize)| {
        report.edited_meanwhile.is_empty()
            || report.edited_meanwhile.iter().all(|id| world.rank(id) != *rank)
    };
    let attributes = |at: usize| {
        let mut rows = run.found.iter().filter(settled);
        rows.all(|(rank, version)| world.version(*rank, at) == *version)
    };
    let (from, to) = (moment(run, claim.as_of.start), moment(run, claim.as_of.end));
    let mut alike = (from..=to).filter(|at| world.at(*at) == found).peekable();
    hold(alike.peek().is_some(), "the list at no moment of the snapshot")?;
    hold(alike.any(attributes), "the attributes at no moment of the snapshot")
}
