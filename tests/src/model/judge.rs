use std::time::Duration;

use segments_core::{Completeness, Goal, Report, SnapshotClaim, SortDirection, Strength};

use super::ranks::Ranks;
use super::run::Run;
use super::setup::Setup;
use super::world::World;

/// Holds the claims of a run against what was so.
///
/// # Errors
/// What is claimed and not so.
pub fn judge(setup: &Setup, run: &Run) -> Result<(), &'static str> {
    let world = &run.world;
    let ranks: Vec<usize> = run.found.iter().map(|(rank, _)| *rank).collect();
    let found: Ranks = ranks.iter().copied().collect();
    hold(found.len() == ranks.len(), "a segment is in the list twice")?;
    let handed: Vec<usize> = run.batches.iter().flatten().map(|(rank, _)| *rank).collect();
    let distinct: Ranks = handed.iter().copied().collect();
    hold(distinct.len() == handed.len(), "a segment was handed out twice")?;
    hold(found.or(distinct).without(world.ever()).is_empty(), "a segment was never listed")?;
    let rows = run.found.iter().chain(run.batches.iter().flatten());
    let mut rows = rows.filter(|(_, version)| *version > 0 || world.now() > world.toggles());
    hold(rows.all(|(rank, version)| world.had(*rank, *version)), "attributes it never had")?;
    let Ok(report) = &run.result else { return Ok(()) };
    completeness(report, run, found)?;
    order(setup, report, world, &ranks)?;
    let Some(claim) = report.snapshot else {
        return hold(setup.goal != Goal::Snapshot, "a snapshot without a claim");
    };
    snapshot(setup, report, claim, run, found)
}

fn hold(is: bool, falsehood: &'static str) -> Result<(), &'static str> {
    if is { Ok(()) } else { Err(falsehood) }
}

/// The state of the world at a time: after everything that happened until then.
fn moment(run: &Run, time: Duration) -> usize {
    let before = run.moments.partition_point(|(at, _)| *at <= time);
    before.checked_sub(1).map_or(0, |index| run.moments[index].1)
}

fn completeness(report: &Report, run: &Run, found: Ranks) -> Result<(), &'static str> {
    let (world, interval) = (&run.world, report.interval);
    let stable = world.stable(moment(run, interval.start), moment(run, interval.end));
    let missed = stable.without(found);
    match report.completeness {
        Completeness::Complete => {
            hold(missed.is_empty(), "complete, and a segment is missing")?;
        }
        Completeness::UnlessUndone if !world.undone() => {
            hold(missed.is_empty(), "complete unless undone, and a segment is missing")?;
        }
        _ => {}
    }
    let volatile: Ranks = report.volatile.iter().map(|id| world.rank(id)).collect();
    hold(volatile.and(stable).is_empty(), "volatile, and listed all the time")
}

/// Answers cannot compare everything that was not there all the time; two equal passes can.
fn order(
    setup: &Setup,
    report: &Report,
    world: &World,
    ranks: &[usize],
) -> Result<(), &'static str> {
    if !world.is_ordered() {
        return Ok(());
    }
    let clean = report.snapshot.is_some_and(|claim| claim.strength != Strength::Counted);
    let comparable = match (setup.goal, report.completeness) {
        (Goal::Walk, _) if world.toggles() > 0 => return Ok(()),
        _ if clean || world.toggles() == 0 => world.ever(),
        (_, Completeness::Complete) => world.stable(0, world.now()),
        _ => return Ok(()),
    };
    let mut placed: Vec<usize> =
        ranks.iter().copied().filter(|rank| comparable.contains(*rank)).collect();
    if setup.direction == SortDirection::Desc {
        placed.reverse();
    }
    hold(placed.is_sorted(), "not in the order of creation")
}

/// So many events have to be timed exactly to make two equal passes show what never was; fewer
/// where the list ends with a full page.
const FOOLED_BY: (usize, usize) = (5, 3);

fn snapshot(
    setup: &Setup,
    report: &Report,
    claim: SnapshotClaim,
    run: &Run,
    found: Ranks,
) -> Result<(), &'static str> {
    let world = &run.world;
    if claim.strength == Strength::Atomic {
        let short = report.segments < setup.page_size as u64;
        // The one answer, and the empty page behind it.
        hold(report.pages <= 2 && short, "atomic of several pages")?;
    } else if world.undone() {
        let fooled_by = if world.divides() { FOOLED_BY.1 } else { FOOLED_BY.0 };
        let one_by_one = setup.window == 1 && setup.failures == 0;
        let was = (0..=world.now()).any(|at| world.at(at) == found);
        let few = claim.strength == Strength::Clean && world.toggles() < fooled_by && one_by_one;
        return hold(was || !few, "two equal passes show what never was");
    }
    let settled = |(rank, _): &&(usize, usize)| {
        report.unsettled.is_empty() || report.unsettled.iter().all(|id| world.rank(id) != *rank)
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
