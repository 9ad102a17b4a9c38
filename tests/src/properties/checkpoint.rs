//! A checkpoint is taken whole or not at all.

use std::hash::BuildHasher;
use std::time::Duration;

use foldhash::quality::FixedState;
use segments_core::{Checkpoint, Export, Plan};
use serde_json::{Value, json};

use super::export::{List, goals};
use super::machine::Machine;
use super::{Source, api};

/// Checks the input as a checkpoint. Then its first bytes are those of a good one, and the rest the
/// state of a sealed one if it looks like one, and otherwise changes of the good one.
pub fn check(input: &[u8]) {
    any_json(input);
    let mut source = Source::new(input);
    let plan = Plan::new(goals()[usize::from(source.byte()) % goals().len()]);
    let answers = source.byte();
    if let state @ [b'{', ..] = source.clone().rest() {
        return sealed_state(plan, &String::from_utf8_lossy(state));
    }
    let mut changes = Vec::new();
    while !source.is_empty() {
        changes.push((usize::from(source.byte()) << 8 | usize::from(source.byte()), source.byte()));
    }
    changed(&plan, answers, &changes);
}

/// Reading is total, and so is going on from what was read.
///
/// # Panics
/// When violated.
pub fn any_json(text: &[u8]) {
    let Ok(checkpoint) = serde_json::from_slice::<Checkpoint>(text) else { return };
    let goal = serde_json::from_slice::<Value>(text).ok().map(|value| value["goal"].clone());
    let goal = goal.and_then(|goal| goal.as_str()?.parse().ok()).unwrap_or_default();
    if let Ok(export) = Export::resume(api(), Plan::new(goal), checkpoint) {
        assert!(export.report().segments < u64::MAX);
    }
}

/// A good checkpoint with other bytes is refused, unless it still says the same.
///
/// # Panics
/// When violated.
pub fn changed(plan: &Plan, answers: u8, changes: &[(usize, u8)]) {
    let good = good(plan.clone(), answers);
    let mut text = good.clone().into_bytes();
    for (place, byte) in changes {
        let place = place % text.len();
        text[place] = *byte;
    }
    let resume = |text: &[u8]| {
        let checkpoint = serde_json::from_slice::<Checkpoint>(text).ok()?;
        let export = Export::resume(api(), plan.clone(), checkpoint).ok()?;
        Some(serde_json::to_string(&export.checkpoint(Duration::ZERO)).expect("JSON"))
    };
    let usual = resume(good.as_bytes()).expect("a good one");
    assert!(resume(&text).is_none_or(|other| other == usual), "{}", String::from_utf8_lossy(&text));
}

/// A checkpoint with this text for its state and a checksum that fits: what somebody can make who
/// knows how, but not what this crate writes.
pub fn sealed(plan: &Plan, state: &str) -> Value {
    let checksum = FixedState::with_seed(u64::from(Checkpoint::VERSION)).hash_one(state);
    json!({
        "version": Checkpoint::VERSION,
        "endpoint": api().endpoint().to_string(),
        "goal": plan.goal,
        "sort_direction": plan.sort_direction,
        "checksum": checksum,
        "state": state,
    })
}

/// The checkpoint of an export of 40 segments, 3 on a page, after so many answers.
///
/// # Panics
/// Never.
pub fn good(plan: Plan, answers: u8) -> String {
    let list = List { count: 40, page_size: 3 };
    let mut export = Export::new(api(), plan);
    for answer in 0..answers % 16 {
        let now = Duration::from_millis(250) * u32::from(answer);
        let Some(fetch) = export.wanted(now).into_iter().next() else { break };
        export.receive(&fetch, now, &list.page(fetch.list()).to_http());
        if answer % 3 == 0 {
            // Some batches are taken and some are not.
            drop(export.next(now));
        }
    }
    serde_json::to_string(&export.checkpoint(Duration::from_secs(9))).expect("JSON")
}

/// An export that goes on from a sealed state, whatever it says, ends without a panic.
///
/// # Panics
/// When violated, or when [`sealed`] no longer knows how.
pub fn sealed_state(plan: Plan, state: &str) {
    let text = sealed(&plan, state).to_string();
    let checkpoint: Checkpoint = serde_json::from_str(&text).expect("a checkpoint");
    if let Ok(export) = Export::resume(api(), plan, checkpoint) {
        let mut machine = Machine::resumed(export, List { count: 40, page_size: 3 });
        machine.run_out();
    }
}
