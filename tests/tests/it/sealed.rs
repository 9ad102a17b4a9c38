//! What a checkpoint is protected against, and what not.

use segments_core::Plan;
use segments_tests::properties::checkpoint::{good, sealed};
use segments_tests::properties::export::goals;
use serde_json::Value;

#[test]
fn the_seal_is_the_crates_own() {
    for goal in goals() {
        let good: Value = serde_json::from_str(&good(Plan::new(goal), 5)).unwrap();
        let state = good["state"].as_str().unwrap();
        assert_eq!(sealed(&Plan::new(goal), state), good);
    }
}
