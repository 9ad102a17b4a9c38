//! What has become of one workspace.

use std::path::Path;
use std::time::Duration;

use segments_core::Report;
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use super::directory::WorkspaceFiles;
use crate::changes::{ChangeCounts, Proof};
use crate::error::{CommandError, Exit};
use crate::text::clock::rough;
use crate::text::plural::plural;

/// How it ended.
#[derive(Debug)]
pub(crate) enum Ending {
    /// Read and written by this run.
    Read,
    /// A list of this age was there already.
    Kept {
        age: Duration,
    },
    Failed(CommandError),
    /// The run was ended before, with this code.
    NotStarted(Exit),
}

/// What has become of one workspace, for its line, the table and the summary.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) name: String,
    pub(crate) ending: Ending,
    /// How many the list has, if it is there.
    pub(crate) segments: Option<u64>,
    /// The name of what proves it.
    pub(crate) proof: Option<String>,
    /// What has changed in it, if that was asked for.
    pub(crate) changes: Option<ChangeCounts>,
    /// How many this run has sent.
    pub(crate) requests: u64,
    /// Of the list that was read, or tried to be read.
    pub(crate) report: Option<Report>,
    /// The names of the files with the list, if it is whole, and with its report.
    pub(crate) files: Option<(Option<String>, Option<String>)>,
}

impl Outcome {
    /// Of a run that was ended before, with this code.
    pub(crate) fn not_started(name: &str, exit: Exit) -> Self {
        Self::new(name, Ending::NotStarted(exit))
    }

    /// Before anything was sent.
    pub(crate) fn failed(name: &str, error: CommandError) -> Self {
        Self::new(name, Ending::Failed(error))
    }

    /// After an export with this report.
    pub(crate) fn of_export(
        name: &str,
        mut report: Report,
        result: Result<(), CommandError>,
    ) -> Self {
        // As long as the list, and written nowhere.
        report.order = None;
        let (is_whole, ending) = match result {
            Ok(()) => (true, Ending::Read),
            Err(error) => (false, Ending::Failed(error)),
        };
        let proof = Proof::of(&report).filter(|_| is_whole);
        Self {
            segments: is_whole.then_some(report.segments),
            proof: proof.map(|proof| proof.name().to_owned()),
            report: Some(report),
            ..Self::new(name, ending)
        }
    }

    /// A list that was there already.
    pub(crate) fn kept(name: &str, age: Duration, segments: u64, proof: Option<&str>) -> Self {
        let proof = proof.map(str::to_owned);
        Self { segments: Some(segments), proof, ..Self::new(name, Ending::Kept { age }) }
    }

    fn new(name: &str, ending: Ending) -> Self {
        Self {
            name: name.to_owned(),
            ending,
            segments: None,
            proof: None,
            changes: None,
            requests: 0,
            report: None,
            files: None,
        }
    }

    /// With its files, as far as they are there.
    pub(crate) fn in_files(self, files: &WorkspaceFiles) -> Self {
        let name = |path: &Path| Some(path.file_name()?.to_string_lossy().into_owned());
        let is_whole = self.is_whole();
        let has_report = is_whole || self.report.is_some();
        let list = name(&files.list).filter(|_| is_whole);
        let report = name(&files.report).filter(|_| has_report);
        Self { files: Some((list, report)), ..self }
    }

    /// Whether the whole list is there.
    pub(crate) fn is_whole(&self) -> bool {
        matches!(self.ending, Ending::Read | Ending::Kept { .. })
    }

    pub(super) fn was_started(&self) -> bool {
        !matches!(self.ending, Ending::NotStarted(_))
    }

    /// What it says for the exit code of the run.
    pub(crate) fn exit(&self) -> Exit {
        match &self.ending {
            Ending::Read | Ending::Kept { .. } => Exit::Done,
            Ending::Failed(error) => error.exit(),
            Ending::NotStarted(exit) => *exit,
        }
    }

    /// Its own; `None` if it was not started.
    pub(super) fn own_exit(&self) -> Option<u8> {
        self.was_started().then(|| self.exit() as u8)
    }

    /// Its name in the summary.
    pub(crate) fn word(&self) -> &'static str {
        match &self.ending {
            Ending::Read => "read",
            Ending::Kept { .. } => "kept",
            Ending::Failed(CommandError::Stopped(_)) => "stopped",
            Ending::Failed(_) => "failed",
            Ending::NotStarted(_) => "not_started",
        }
    }

    /// One line without the name.
    pub(crate) fn line(&self) -> String {
        let segments = || plural(self.segments.unwrap_or_default(), "segment");
        match &self.ending {
            Ending::Read => {
                let proof =
                    self.proof_words().map_or_else(String::new, |proof| format!(", {proof}"));
                let seconds = self.report.as_ref().map_or(0.0, |it| it.elapsed.as_secs_f64());
                let requests = plural(self.requests, "request");
                let anomalies = match self.anomalies() {
                    0 => String::new(),
                    count => format!("; {count} in its report", count = anomalies(count)),
                };
                let changes =
                    self.changes.as_ref().map_or_else(String::new, |it| format!("{it}; "));
                format!("{changes}{}{proof}; {requests}, {seconds:.1} s{anomalies}", segments())
            }
            Ending::Kept { age } => {
                format!("{}, already there: read {} ago", segments(), rough(*age))
            }
            Ending::Failed(CommandError::Stopped(_)) => "stopped".to_owned(),
            Ending::Failed(error) => {
                format!("failed with exit code {}: {error}", error.exit() as u8)
            }
            Ending::NotStarted(_) => "not started".to_owned(),
        }
    }

    /// As a sentence has it.
    fn proof_words(&self) -> Option<String> {
        self.proof.as_deref().map(|proof| match proof {
            "complete" => "proven complete".to_owned(),
            other => other.replace('_', " "),
        })
    }

    fn anomalies(&self) -> u64 {
        let count = |report: &Report| report.anomalies.len() as u64 + report.anomalies_omitted;
        self.report.as_ref().map_or(0, count)
    }
}

fn anomalies(count: u64) -> String {
    if count == 1 { "1 anomaly".to_owned() } else { format!("{count} anomalies") }
}

impl Serialize for Outcome {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("name", &self.name)?;
        map.serialize_entry("outcome", self.word())?;
        map.serialize_entry("exit_code", &self.own_exit())?;
        map.serialize_entry("segments", &self.segments)?;
        map.serialize_entry("proof", &self.proof)?;
        map.serialize_entry("requests", &self.requests)?;

        if let Some(changes) = &self.changes {
            map.serialize_entry("changes", changes)?;
        }
        if let Ending::Kept { age } = &self.ending {
            map.serialize_entry("age_seconds", &age.as_secs())?;
        }
        if let Ending::Failed(error) = &self.ending {
            map.serialize_entry("error", error)?;
        }
        match (&self.files, &self.report) {
            (Some((list, report)), _) => {
                map.serialize_entry("file", list)?;
                map.serialize_entry("report_file", report)?;
            }
            // It has no file of its own.
            (None, Some(report)) if self.is_whole() => map.serialize_entry("report", report)?,
            (None, Some(report)) => {
                map.serialize_entry("report", &report.clone().without_claims())?;
            }
            (None, None) => {}
        }
        map.end()
    }
}
