//! What a checkpoint is protected against, and what not.

use segments_core::export::ResumeError;
use segments_core::{Goal, Plan};
use segments_tests::properties::checkpoint::{
    good, good_state, odd_choices, odd_state, resumed, sealed, sealed_state,
};
use segments_tests::properties::goals;
use serde_json::Value;

#[test]
fn the_seal_is_the_crates_own() {
    for goal in goals() {
        let good: Value = serde_json::from_str(&good(Plan::new(goal), 5)).unwrap();
        let state = good["state"].as_str().unwrap();
        assert_eq!(sealed(&Plan::new(goal), state), good);
    }
}

// One after the other, at every place of a state of every kind.
#[test]
fn no_odd_state_panics() {
    for goal in goals() {
        let plan = Plan::new(goal);
        let state = good_state(&plan, 15);
        let (places, changes) = odd_choices(&state);
        for place in 0..places {
            for change in 0..changes {
                odd_state(&plan, state.clone(), &[(place, change)]);
            }
        }
    }
}

type Change = fn(&mut Value);

fn shorten(state: &mut Value, place: &str) {
    state.pointer_mut(place).and_then(Value::as_array_mut).unwrap().pop();
}

// What takes two changes at once, each of which is refused or harmless alone.
#[test]
fn parts_that_do_not_fit_together_are_refused() {
    let changes: [(Goal, Change); 8] = [
        (Goal::Walk, |state| {
            state["strategy"]["walk"]["pass"]["next"] = 0.into();
            state["strategy"]["walk"]["last"] = 1.into();
        }),
        (Goal::Walk, |state| state["seen"]["attributes"] = serde_json::json!([])),
        (Goal::Walk, |state| shorten(state, "/seen/last_seen_on")),
        (Goal::Walk, |state| shorten(state, "/seen/passes")),
        (Goal::Walk, |state| {
            let first = state["seen"]["ids"][0].clone();
            state["seen"]["ids"][1] = first;
        }),
        (Goal::Complete, |state| shorten(state, "/strategy/complete/evidence/graph/nodes")),
        (Goal::Complete, |state| {
            shorten(state, "/strategy/complete/evidence/count_proof/sightings");
        }),
        (Goal::Snapshot, |state| shorten(state, "/strategy/snapshot/evidence/in_first_pass")),
    ];

    for (index, (goal, change)) in changes.iter().enumerate() {
        let plan = Plan::new(*goal);
        let mut state = good_state(&plan, 7);
        assert!(resumed(&plan, &sealed(&plan, &state.to_string()).to_string()).is_ok());
        change(&mut state);
        sealed_state(&plan, &state.to_string());
        let refused = resumed(&plan, &sealed(&plan, &state.to_string()).to_string());
        assert_eq!(refused.err(), Some(ResumeError::Damaged), "change {index}");
    }
}

#[test]
fn a_state_of_another_goal_is_refused() {
    for of in goals() {
        for goal in goals().into_iter().filter(|goal| *goal != of) {
            let (plan, state) = (Plan::new(goal), good_state(&Plan::new(of), 7));
            let refused = resumed(&plan, &sealed(&plan, &state.to_string()).to_string());
            assert_eq!(refused.err(), Some(ResumeError::Damaged), "{of} for {goal}");
        }
    }
}
