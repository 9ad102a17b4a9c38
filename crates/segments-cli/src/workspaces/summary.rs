//! What has become of all workspaces: as JSON, as a table, and as one exit code.

use std::fmt::Write as _;
use std::time::Duration;

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use super::outcome::Outcome;
use super::worst::worst;
use crate::error::Exit;
use crate::text::escape::{columns, cut};
use crate::text::plural::plural;

const GAP: usize = 2;

/// The narrowest column of names that tells them apart.
const LEAST_NAME: usize = 8;

/// The outcomes in the order of the list of workspaces.
#[derive(Debug)]
pub(crate) struct Summary {
    pub(crate) outcomes: Vec<Outcome>,
    pub(crate) elapsed: Duration,
}

impl Summary {
    /// Success only if every list is whole.
    pub(crate) fn exit(&self) -> Exit {
        worst(self.outcomes.iter().map(Outcome::exit))
    }

    pub(crate) fn whole(&self) -> u64 {
        self.outcomes.iter().filter(|outcome| outcome.is_whole()).count() as u64
    }

    pub(crate) fn total(&self) -> u64 {
        self.outcomes.len() as u64
    }

    fn segments(&self) -> u64 {
        self.outcomes.iter().filter_map(|outcome| outcome.segments).sum()
    }

    fn requests(&self) -> u64 {
        self.outcomes.iter().map(|outcome| outcome.requests).sum()
    }

    /// One line about all.
    pub(crate) fn line(&self) -> String {
        let (whole, segments) = (self.whole(), plural(self.segments(), "segment"));
        let (total, requests) =
            (plural(self.total(), "workspace"), plural(self.requests(), "request"));
        let seconds = self.elapsed.as_secs_f64();
        format!("{whole} of {total} whole: {segments}; {requests}, {seconds:.1} s")
    }

    /// A line for each that was started, none wider than `width`. Where that is narrow, the first
    /// columns are shown.
    pub(crate) fn table(&self, width: Option<usize>) -> Vec<String> {
        let header = ["workspace", "outcome", "segments", "requests", "proof"].map(str::to_owned);
        let started = self.outcomes.iter().filter(|outcome| outcome.was_started());
        let rows: Vec<_> = std::iter::once(header).chain(started.map(row)).collect();
        let longest = |column: usize| rows.iter().map(|row| columns(&row[column])).max();
        let mut widths: [usize; 5] = std::array::from_fn(|at| longest(at).unwrap_or_default());

        let limit = width.unwrap_or(usize::MAX);
        let rest = |widths: &[usize]| widths[1..].iter().map(|width| width + GAP).sum::<usize>();
        let fits = |shown: &usize| {
            widths[0].min(LEAST_NAME) + rest(&widths[..*shown]) <= limit || *shown == 1
        };
        let shown = (1..=widths.len()).rev().find(fits).unwrap_or(1);
        widths[0] = widths[0].min(limit.saturating_sub(rest(&widths[..shown])));

        let mut lines: Vec<_> = rows.iter().map(|row| line(&row[..shown], &widths)).collect();
        match self.total() + 1 - lines.len() as u64 {
            0 => {}
            rest => lines.push(cut(&format!("{rest} not started"), limit).into_owned()),
        }
        lines
    }
}

fn row(outcome: &Outcome) -> [String; 5] {
    let exit = outcome.own_exit().unwrap_or_default();
    let word = outcome.word().replace('_', " ");
    let number = |number: Option<u64>| number.map_or_else(|| "-".to_owned(), |it| it.to_string());
    [
        outcome.name.clone(),
        if exit == 0 { word } else { format!("{word} ({exit})") },
        number(outcome.segments),
        outcome.requests.to_string(),
        outcome.proof.as_deref().unwrap_or("-").replace('_', " "),
    ]
}

fn line(cells: &[String], widths: &[usize]) -> String {
    let mut line = String::new();
    for (at, (cell, width)) in cells.iter().zip(widths).enumerate() {
        let cell = cut(cell, *width);
        let is_number = matches!(at, 2 | 3);
        // Writing to a `String` cannot fail.
        let _ = if is_number {
            write!(line, "{cell:>width$}  ")
        } else {
            write!(line, "{cell:<width$}  ")
        };
    }
    line.truncate(line.trim_end().len());
    line
}

impl Serialize for Summary {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("exit_code", &(self.exit() as u8))?;
        map.serialize_entry("total", &self.total())?;
        map.serialize_entry("whole", &self.whole())?;
        map.serialize_entry("segments", &self.segments())?;
        map.serialize_entry("requests", &self.requests())?;
        map.serialize_entry("elapsed", &self.elapsed.as_secs_f64())?;
        map.serialize_entry("workspaces", &self.outcomes)?;
        map.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::{CommandError, Signal};

    fn summary() -> Summary {
        let mut read = Outcome::kept("production.eu", Duration::ZERO, 1234, Some("complete"));
        read.ending = crate::workspaces::Ending::Read;
        read.requests = 28;
        let hours = Duration::from_secs(7200);
        let outcomes = vec![
            read,
            Outcome::kept("us", hours, 3, Some("complete_by_count")),
            Outcome::failed("jp", CommandError::usage("no key", "Write one")),
            Outcome::failed("id", CommandError::Stopped(Signal::Interrupt)),
            Outcome::not_started("kr", Exit::Interrupted),
        ];
        Summary { outcomes, elapsed: Duration::from_millis(1234) }
    }

    #[test]
    fn a_table_has_a_line_for_each() {
        let expected = [
            "workspace      outcome        segments  requests  proof",
            "production.eu  read               1234        28  complete",
            "us             kept                  3         0  complete by count",
            "jp             failed (2)            -         0  -",
            "id             stopped (130)         -         0  -",
            "1 not started",
        ];
        assert_eq!(summary().table(None), expected);
        assert_eq!(summary().table(Some(67)), expected);
        assert_eq!(summary().line(), "2 of 5 workspaces whole: 1237 segments; 28 requests, 1.2 s");

        let narrow = summary().table(Some(33));
        assert_eq!(narrow[0], "workspa…  outcome        segments");
        for width in [80, 60, 40, 30, 20, 10, 8] {
            let table = summary().table(Some(width));
            assert_eq!(table.len(), 6);
            assert!(table.iter().all(|line| columns(line) <= width), "{width} {table:?}");
        }
    }

    #[test]
    fn a_program_reads_the_same() {
        let json = serde_json::to_value(summary()).unwrap();
        assert_eq!(json["exit_code"], 130);
        assert_eq!((&json["total"], &json["whole"]), (&5.into(), &2.into()));
        let outcomes: Vec<_> =
            json["workspaces"].as_array().unwrap().iter().map(|one| &one["outcome"]).collect();
        assert_eq!(outcomes, ["read", "kept", "failed", "stopped", "not_started"]);
        assert_eq!(json["workspaces"][1]["age_seconds"], 7200);
        assert_eq!(json["workspaces"][2]["error"]["reason"], "usage");
        assert!(json["workspaces"][4]["exit_code"].is_null());
    }

    #[test]
    fn lines_say_what_happened() {
        let lines: Vec<_> = summary().outcomes.iter().map(Outcome::line).collect();
        assert_eq!(
            lines,
            [
                "1234 segments, proven complete; 28 requests, 0.0 s",
                "3 segments, already there: read 2 hours ago",
                "failed with exit code 2: no key. Write one.",
                "stopped",
                "not started",
            ]
        );
    }
}
