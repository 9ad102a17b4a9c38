//! What the responses showed, which no list and no figure may contradict.

use segments_core::{Goal, Report};

use super::hold::hold;
use super::ranks::Ranks;
use super::run::Run;
use super::setup::Setup;

/// A segment that was listed all the time, and that a response showed, is in the list, whatever
/// assumption does not hold.
pub(super) fn refuted(setup: &Setup, run: &Run, found: Ranks) -> Result<(), &'static str> {
    // What was read ahead is lost with the process, and a walk does not come back for it.
    if setup.goal == Goal::Walk && setup.breaks > 0 {
        return Ok(());
    }

    // A snapshot rests on nobody having archived and restored.
    if setup.goal == Goal::Snapshot && run.world.undone() {
        return Ok(());
    }

    let taken = run.answers.iter().filter(|answer| answer.taken);
    let shown: Ranks = taken.flat_map(|answer| answer.rows.iter().copied()).collect();
    let stable = run.world.stable(0, run.world.now());
    hold(stable.and(shown).without(found).is_empty(), "shorter than what the answers showed")
}

/// `missed_by_first_pass` counts those of the list that came to light only after the first pass.
pub(super) fn late(
    setup: &Setup,
    report: &Report,
    run: &Run,
    found: Ranks,
) -> Result<(), &'static str> {
    if setup.goal == Goal::Walk {
        return hold(report.missed_by_first_pass == 0, "late in a walk");
    }

    let first = run.answers.iter().filter(|answer| answer.pass == 0 && answer.taken);
    let rows = |answers: &[&super::run::Answered]| -> Ranks {
        answers.iter().flat_map(|answer| answer.rows.iter().copied()).collect()
    };
    let all: Vec<_> = first.collect();

    // Pages that were read ahead, behind the end or before a break, may have been passed over.
    let mut read: Vec<_> = Vec::new();
    for page in 0.. {
        let Some(last) = all.iter().rev().find(|answer| answer.list.page == page) else { break };
        read.push(*last);
        if page > 0 && last.rows.len() < setup.page_size {
            break;
        }
    }

    let least = found.without(rows(&all)).len() as u64;
    let most = found.without(rows(&read)).len() as u64;
    hold(report.missed_by_first_pass >= least, "late says too little")?;
    hold(report.missed_by_first_pass <= most, "late says too much")
}
