use std::fmt;
use std::time::Duration;

use segments_core::{Error, ListRequest, Report};

use super::world::World;

/// What came of an export.
#[derive(Debug)]
pub struct Run {
    /// The report, or why there is none.
    pub result: Result<Report, Error>,
    /// What the report says at the end, after an error too.
    pub report: Report,
    /// The ranks of the list and the versions of their attributes.
    pub found: Vec<(usize, usize)>,
    /// The ranks as they were handed out, batch by batch.
    pub batches: Vec<Vec<(usize, usize)>>,
    /// Answers in the order of their arrival.
    pub answers: Vec<Answered>,
    /// The world at the end.
    pub world: World,
    /// Every time that something could happen, and the moment then.
    pub moments: Vec<(Duration, usize)>,
    /// Requests that were asked, answered or not.
    pub asked: u64,
    /// The time at the end.
    pub time: Duration,
}

/// A response that arrived.
#[derive(Debug, Clone)]
pub struct Answered {
    /// What was asked.
    pub list: ListRequest,
    /// For which reading.
    pub pass: u32,
    /// The moments when it was asked, when it was made, and when it arrived.
    pub moments: (usize, usize, usize),
    /// The ranks on it.
    pub rows: Vec<usize>,
    /// Whether the export took it.
    pub taken: bool,
}

/// What was answered, what happened, and what came of it, a line each.
impl fmt::Display for Run {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for Answered { list, pass, moments: (sent, made, arrived), rows, taken } in &self.answers {
            let taken = if *taken { "" } else { ", and not taken" };
            writeln!(
                f,
                "{list} of {pass} sent {sent}, made {made}, arrived {arrived}: {rows:?}{taken}"
            )?;
        }

        for moment in 0..=self.world.now() {
            writeln!(f, "moment {moment}: {:?}", self.world.at(moment))?;
        }

        writeln!(f, "edits {:?}", self.world.edits())?;
        writeln!(f, "found {:?}", self.found)?;

        if let Err(error) = &self.result {
            writeln!(f, "{error}")?;
        }

        let Report {
            completeness,
            snapshot,
            missed_by_first_pass,
            unlisted_meanwhile,
            edited_meanwhile,
            ..
        } = &self.report;

        writeln!(
            f,
            "{completeness:?}, {snapshot:?}, missed_by_first_pass {missed_by_first_pass}, unlisted_meanwhile {unlisted_meanwhile:?}, edited_meanwhile \
             {edited_meanwhile:?}, times {:?}",
            self.moments
        )
    }
}
