//! A checkpoint is taken whole or not at all.

use std::time::Duration;

use segments_core::export::ResumeError;
use segments_core::{Checkpoint, Export, Plan};
use serde_json::{Value, json};
use twox_hash::XxHash3_64;

use super::machine::Machine;
use super::{QuietList, Source, api, goals, odd};

/// Checks the input as a checkpoint. Then its first bytes are those of a good one, and the rest is
/// the state of a sealed one if it looks like JSON, odd changes of a state behind `#`, and otherwise
/// bytes to change in the good one.
pub fn check(input: &[u8]) {
    any_json(input);
    let mut source = Source::new(input);
    let plan = Plan::new(goals()[usize::from(source.byte()) % goals().len()]);
    let answers = source.byte();

    if let state @ [b'{', ..] = source.clone().rest() {
        return sealed_state(&plan, &String::from_utf8_lossy(state));
    }

    if source.clone().byte() == b'#' {
        source.byte();
        let mut changes = Vec::new();
        while !source.is_empty() {
            let place = usize::from(source.byte()) << 8 | usize::from(source.byte());
            changes.push((place, usize::from(source.byte())));
        }
        return odd_state(&plan, good_state(&plan, answers), &changes);
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
    let checksum = XxHash3_64::oneshot_with_seed(Checkpoint::VERSION.into(), state.as_bytes());

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
    let list = QuietList { count: 40, page_size: 3 };
    let mut export = Export::new(api(), plan);

    for answer in 0..answers % 16 {
        let now = Duration::from_millis(250) * u32::from(answer);
        let Some(fetch) = export.poll_fetches(now).into_iter().next() else { break };
        export.handle_response(&fetch, now, &list.page(fetch.list()).to_http());
        if answer % 3 == 0 {
            // Some batches are taken and some are not.
            drop(export.poll(now));
        }
    }

    serde_json::to_string(&export.checkpoint(Duration::from_secs(9))).expect("JSON")
}

/// The state of [`good`].
///
/// # Panics
/// Never.
pub fn good_state(plan: &Plan, answers: u8) -> Value {
    let good: Value = serde_json::from_str(&good(plan.clone(), answers)).expect("JSON");
    serde_json::from_str(good["state"].as_str().expect("a text")).expect("JSON")
}

/// A state with odd changes, sealed again: each is a place, counted round and round, and what is
/// done there.
///
/// # Panics
/// When [`sealed_state`] is violated.
pub fn odd_state(plan: &Plan, mut state: Value, changes: &[(usize, usize)]) {
    for (place, change) in changes {
        let places = odd::places(&state);
        let value = state.pointer_mut(&places[place % places.len()]).expect("a place in it");
        odd::change(value, change % odd::CHANGES);
    }
    sealed_state(plan, &state.to_string());
}

/// How many places and changes [`odd_state`] tells apart in a state.
pub fn odd_choices(state: &Value) -> (usize, usize) {
    (odd::places(state).len(), odd::CHANGES)
}

/// An export that goes on from a sealed state, whatever it says, ends without a panic: also when
/// the list is another one by then.
///
/// # Panics
/// When violated, or when [`sealed`] no longer knows how.
pub fn sealed_state(plan: &Plan, state: &str) {
    let text = sealed(plan, state).to_string();
    for count in [13, 0] {
        if let Ok(export) = resumed(plan, &text) {
            Machine::resumed(export, QuietList { count, page_size: 3 }).run_out();
        }
    }
}

/// The export of a checkpoint, of a list or of one page.
///
/// # Errors
/// As [`Export::resume`].
///
/// # Panics
/// If it is none at all.
pub fn resumed(plan: &Plan, text: &str) -> Result<Export, ResumeError> {
    let checkpoint = || serde_json::from_str(text).expect("a checkpoint");
    match Export::resume(api(), plan.clone(), checkpoint()) {
        Err(ResumeError::Single { found }) => {
            Export::resume_single(api(), plan.clone(), found, checkpoint())
        }
        resumed => resumed,
    }
}
