//! One export from its first request to its last file, alone or as one of many.

use segments_core::{Export, List, Report};

use super::job::Job;
use super::open::Opened;
use super::report::write_report;
use super::resume::{note_resumed, save_failed};
use crate::checkpoint::{Saver, Store};
use crate::error::CommandError;
use crate::record::{End, Recorder};
use crate::signal::Signals;
use crate::terminal::Console;
use crate::transfer::{Destination, Source, Transport, copy};

/// How an export ended.
pub(super) struct Ended {
    /// It counts what earlier processes have sent too.
    pub(super) report: Report,
    /// How many of the requests this process has sent.
    pub(super) requests: u64,
    /// Where the list is, as the end of a sentence.
    pub(super) written: Result<String, CommandError>,
}

/// Reads the list, and writes every file that was opened for it.
pub(super) async fn perform(
    opened: Opened,
    transport: impl Into<Transport>,
    console: &Console,
    signals: &mut Signals,
) -> Ended {
    let Opened {
        job, config, api, plan, output_mode, store, resumed, report, mut destination, ..
    } = opened;
    if let (Some(store), Some((export, list))) = (&store, &resumed) {
        note_resumed(store, export, list, console);
    }
    let (export, list) =
        resumed.unwrap_or_else(|| (Export::new(api.clone(), plan), List::default()));
    let requests_before = export.report().requests;
    let saver = store.map(|store| Saver::new(store, api.clone()));
    let transport = transport.into();
    let recorder = transport.recorder();
    let mut source =
        Source::new(export, list, output_mode, config.endpoint, transport, saver, console);

    let copied = copy(&mut source, &mut destination, console, signals).await;
    let summary = source.report();
    let record_ended = match &recorder {
        Some(recorder) => end_record(recorder, &source, &copied),
        None => Ok(()),
    };
    let copied = copied.and_then(|()| check_length(&summary, &job));

    let ids_digest = destination.ids_digest();
    let mut store = source.take_store();
    let is_cut = matches!(copied, Err(CommandError::Cut { .. }));
    let (written, unfinished) = match copied {
        Ok(()) => (destination.finish(console).await, None),
        // What was asked for is written, and yet not the whole list.
        Err(error) if is_cut => (destination.finish(console).await.and(Err(error)), None),
        Err(error) => (Err(error), Some(destination)),
    };

    if let Some(error) = written.as_ref().err().filter(|_| !is_cut) {
        // If the list cannot be written, the next run need not read it again.
        if let Some(store) = store.take() {
            signals.hold(|| save_failed(store, &api, &source, error, console));
        }
        // What was streamed is there, and somebody may take it for the list.
        let keeps_partial = (job.keeps_partial || job.streams) && error.leaves_output();
        if let Some(destination) = unfinished.filter(|_| keeps_partial) {
            keep_partial(destination, &source, error, console);
        }
    }

    let reported = report
        .map_or(Ok(()), |sink| write_report(sink, &summary, ids_digest, written.as_ref().err()));
    if written.is_ok() {
        remove(store, console);
    }
    let written = [reported, record_ended].into_iter().fold(written, |written, other| {
        if let (Err(_), Err(error)) = (&written, &other) {
            console.warn(&error.to_string());
        }
        written.and_then(|written| other.map(|()| written))
    });
    let requests = summary.requests.saturating_sub(requests_before);
    Ended { report: summary, requests, written }
}

/// Notes how the export ended. It did not if its output could not be written.
fn end_record(
    recorder: &Recorder,
    source: &Source,
    copied: &Result<(), CommandError>,
) -> Result<(), CommandError> {
    let signal = match copied {
        Ok(()) | Err(CommandError::Export(..)) => Some(None),
        Err(CommandError::Stopped(signal)) => Some(Some(*signal)),
        Err(_) => None,
    };
    if let Some(signal) = signal {
        recorder.end(&End { at: source.elapsed(), elapsed: source.report().elapsed, signal });
    }
    recorder.finish()
}

/// What was read and proven, where it is, and what a careful reader should look at.
pub(super) fn summary(report: &Report, written: &str) -> String {
    let anomalies = match report.anomalies.len() as u64 + report.anomalies_omitted {
        0 => String::new(),
        1 => "; 1 anomaly, see --report".to_owned(),
        n => format!("; {n} anomalies, see --report"),
    };
    format!("{report}{written}{anomalies}")
}

fn check_length(report: &Report, job: &Job) -> Result<(), CommandError> {
    match job.min_segments {
        Some(least) if report.segments < least => {
            Err(CommandError::TooFew { found: report.segments, least })
        }
        _ => Ok(()),
    }
}

fn keep_partial(
    destination: Destination,
    source: &Source,
    error: &CommandError,
    console: &Console,
) {
    let (rest, why_partial) = match error {
        // That list was read to its end, and has been written already.
        CommandError::TooFew { .. } => (Vec::new(), "fewer than --min-segments"),
        _ => (source.seen(), "not the whole list"),
    };
    if let Err(error) = destination.finish_partial(rest, why_partial, console) {
        console.warn(&error.to_string());
    }
}

fn remove(store: Option<Store>, console: &Console) {
    if let Some(Err(error)) = store.map(Store::remove) {
        console.warn(&error.to_string());
    }
}
