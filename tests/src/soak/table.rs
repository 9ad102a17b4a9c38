use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use segments_core::Goal;

use super::draw::Kind;
use crate::model::Tally;

/// What came of all exports, by goal and kind.
#[derive(Debug, Clone, Default)]
pub struct Table(BTreeMap<(String, Kind), Tally>);

impl Table {
    /// The row of a goal and kind.
    pub fn row(&mut self, goal: Goal, kind: Kind) -> &mut Tally {
        self.0.entry((goal.to_string(), kind)).or_default()
    }

    /// Takes the rows of another.
    pub fn merge(&mut self, other: &Self) {
        for (key, tally) in &other.0 {
            self.0.entry(key.clone()).or_default().merge(tally);
        }
    }

    /// All rows with an order that is total, or all without.
    pub fn total(&self, ties: bool) -> Tally {
        self.sum(ties, |_| true)
    }

    fn sum(&self, ties: bool, is_goal: impl Fn(&String) -> bool) -> Tally {
        let is = |(goal, kind): &(String, Kind)| kind.is_ordered() != ties && is_goal(goal);
        let mut total = Tally::default();
        for (_, row) in self.0.iter().filter(|(key, _)| is(key)) {
            total.merge(row);
        }
        total
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "| goal | events | exports | proven by links | by count | snapshots: clean | counted \
             | atomic | order guessed | of them wrong | refused | false claims | plain walk lost \
             | requests |\n\
             |---|---|---:|---:|---:|---:|---:|---:|---:|---:|---|---:|---:|---:|"
        )?;

        for ((goal, kind), row) in &self.0 {
            line(f, goal, kind.name(), row)?;
        }

        for (ties, order) in [(false, "**stable order**"), (true, "**ties**")] {
            if self.total(ties).runs == 0 {
                continue;
            }
            let goals: BTreeSet<_> = self.0.keys().map(|(goal, _)| goal).collect();
            for goal in goals {
                line(f, goal, order, &self.sum(ties, |of| of == goal))?;
            }
            line(f, "**all**", order, &self.total(ties))?;
        }
        Ok(())
    }
}

fn line(f: &mut fmt::Formatter<'_>, goal: &str, kind: &str, row: &Tally) -> fmt::Result {
    let Tally { runs, complete, complete_by_count, snapshots, clean, atomic, .. } = row;
    let counted = snapshots - clean - atomic;
    let mut refused: Vec<String> =
        row.refused.iter().map(|(reason, count)| format!("{reason} {count}")).collect();

    if row.failed > 0 {
        refused.push(format!("failed {}", row.failed));
    }

    let wrong: Vec<String> =
        row.wrong.iter().map(|(falsehood, count)| format!("{falsehood} {count}")).collect();
    let wrong = if wrong.is_empty() { "0".to_owned() } else { wrong.join(", ") };
    let refused = if refused.is_empty() { "0".to_owned() } else { refused.join(", ") };
    let lost = per(row.naive_lost, *runs) * 100.0;
    let cost = per(row.requests, row.naive_requests);

    writeln!(
        f,
        "| {goal} | {kind} | {runs} | {complete} | {complete_by_count} | {clean} | {counted} \
         | {atomic} | {} | {} | {refused} | {wrong} | {lost:.2} % | {cost:.2}x |",
        row.guessed, row.misordered
    )
}

// Tallies are far below 2^52.
#[allow(clippy::cast_precision_loss)]
fn per(part: u64, whole: u64) -> f64 {
    part as f64 / whole.max(1) as f64
}
