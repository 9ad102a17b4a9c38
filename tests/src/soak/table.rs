use std::collections::BTreeMap;
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
        let is = |kind: Kind| kind.is_ordered() != ties;
        let mut total = Tally::default();
        self.0.iter().filter(|((_, kind), _)| is(*kind)).for_each(|(_, row)| total.merge(row));
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

        line(f, "**all**", "**stable order**", &self.total(false))?;
        let ties = self.total(true);
        if ties.runs > 0 { line(f, "**all**", "**ties**", &ties) } else { Ok(()) }
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
