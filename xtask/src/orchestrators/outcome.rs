//! How the export of a workspace ended, and how it should have.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use super::workspaces::{BAD_KEY, FAILING, KILLED, NUMBER, RATE_LIMITED, name, segments};

/// A list whose pages end at the same rows in both directions is proven by its count.
const WHOLE: [&str; 2] = ["complete", "complete_by_count"];

#[derive(Debug)]
pub(super) struct Outcome {
    name: String,
    succeeded: bool,
    tries: u64,
    /// What the orchestrator itself checked, if it did.
    proven: Option<bool>,
}

impl Outcome {
    /// Out of a line of JSON.
    pub(super) fn parse(line: &str) -> Result<Self> {
        let value: Value = serde_json::from_str(line)?;
        Ok(Self {
            name: value["name"].as_str().context("no name")?.to_owned(),
            succeeded: value["succeeded"].as_bool().context("no result")?,
            tries: value["tries"].as_u64().context("no number of tries")?,
            proven: value["proven"].as_bool(),
        })
    }
}

/// A refused key is tried once; what can pass is tried again; every list is whole and proven.
pub(super) fn check(outcomes: &[Outcome], lists: &Path) -> Result<()> {
    for (outcome, number) in outcomes.iter().zip(1..=NUMBER) {
        let name = name(number);
        ensure!(outcome.name == name, "{} in place of {name}", outcome.name);

        let tries = if [FAILING, RATE_LIMITED, KILLED].contains(&number) { 2 } else { 1 };
        ensure!(outcome.tries == tries, "{name}: {} tries, not {tries}", outcome.tries);
        let is_whole = number != BAD_KEY;
        ensure!(outcome.succeeded == is_whole, "{name}: {outcome:?}");
        ensure!(outcome.proven.is_none_or(|proven| proven == is_whole), "{name}: {outcome:?}");

        let list = lists.join(format!("{name}.ndjson"));
        if !is_whole {
            ensure!(!list.exists(), "{name}: a list in spite of the refused key");
            continue;
        }
        let found = fs::read_to_string(list)?.lines().count();
        ensure!(found == segments(number) as usize, "{name}: {found} segments");

        let report = fs::read_to_string(lists.join(format!("{name}.report.json")))?;
        let report: Value = serde_json::from_str(&report)?;
        let is_proven = WHOLE.iter().any(|claim| report["completeness"] == *claim);
        ensure!(is_proven, "{name}: {}", report["completeness"]);
    }
    Ok(())
}
