//! `segments replay`: an export once more, over its record.

use segments_core::{Api, ApiKey, Endpoint, Export};

use super::job::{Job, Output};
use super::open::Opened;
use super::perform::{perform, summary};
use crate::args;
use crate::config::{Config, Layout, paths};
use crate::error::CommandError;
use crate::record::Record;
use crate::signal::{Signals, run_blocking};
use crate::terminal::Console;
use crate::text::plural::plural;
use crate::transfer::Transport;

/// Stands in place of the key, which no record holds. No server says it, so nothing is redacted.
const NO_KEY: &str = "~!no-key!~{replay}~!no-key!~";

/// Comes to the end of the record, with the output and the exit code of the export.
pub(super) async fn run(
    args: args::Replay,
    console: &Console,
    signals: &mut Signals,
) -> Result<(), CommandError> {
    if args.output.replace_invalid_text {
        let message = "--replace-invalid-text cannot be added to a replay";
        let advice = "Leave it out: the record says whether the export had it";
        return Err(CommandError::usage(message, advice));
    }
    paths::check_replay(&args)?;
    let layout = Layout::new(&args.output)?;

    let log = console.clone();
    let opening = move || {
        let record = Record::open(&args.record)?;
        describe(&record, &log);
        let (opened, record) = open(&args, layout, record, &log)?;
        Ok((opened, Transport::Record(Box::new(record))))
    };
    let (opened, transport) = run_blocking(opening, None, signals).await?;

    let ended = perform(opened, transport, console, signals).await;
    let written = ended.written?;
    console.note(&summary(&ended.report, &written));
    Ok(())
}

fn open(
    args: &args::Replay,
    layout: Layout,
    mut record: Record,
    console: &Console,
) -> Result<(Opened, Record), CommandError> {
    let head = &record.head;
    let unusable = |error: &dyn std::fmt::Display| record.unusable(error);
    let config = Config {
        endpoint: Endpoint::insecure(&head.endpoint).map_err(|error| unusable(&error))?,
        key: ApiKey::new(NO_KEY).map_err(|error| unusable(&error))?,
        proxy: None,
        roots: None,
    };
    let job = Job {
        plan: head.plan.clone(),
        replaces_invalid_text: head.replaces_invalid_text,
        min_segments: head.min_segments,
        max_items: None,
        layout,
        output: Output::of(&args.output),
        streams: false,
        keeps_partial: args.keep_partial,
        report: args.report.clone(),
        checkpoint: None,
        record: None,
    };

    let api = Api::new(config.endpoint.clone(), config.key.clone())
        .replacing_invalid_text(job.replaces_invalid_text);
    let resumed = match record.take_resumed() {
        Some((checkpoint, list)) => {
            let export = Export::resume(api.clone(), job.plan.clone(), checkpoint);
            Some((export.map_err(|error| record.unusable(&error))?, list))
        }
        None => None,
    };
    let opened = Opened::replaying(job, config, api, resumed, record.head.is_streamed, console)?;
    Ok((opened, record))
}

/// Says what is replayed, and what may be different.
fn describe(record: &Record, console: &Console) {
    let requests = plural(record.len() as u64, "request");
    let (program, endpoint) = (&record.head.program, &record.head.endpoint);
    console.note(&format!("Replaying {requests} of segments {program} to {endpoint}"));

    match record.redacted {
        0 => {}
        1 => console.warn("one response said the key, which is *** in the record"),
        n => console.warn(&format!("{n} responses said the key, which is *** in the record")),
    }
}
