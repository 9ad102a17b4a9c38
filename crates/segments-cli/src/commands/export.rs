//! `segments export`: the whole list.

use std::sync::Arc;

use segments_core::{Export, List, Report};
use tokio::time::Instant;

use super::demo::Demo;
use super::open::Opened;
use super::report::write_report;
use super::request::print_request;
use super::resume::{note_resumed, save_failed};
use crate::args;
use crate::checkpoint::{Saver, Store};
use crate::config::{Layout, paths, refuse_key_in_argument};
use crate::error::CommandError;
use crate::signal::{Signals, run_blocking};
use crate::terminal::Console;
use crate::transfer::{Destination, Source, copy};

/// Runs the export to its end, and reports the outcome.
pub(super) async fn run(
    args: args::Export,
    console: &Console,
    signals: &mut Signals,
) -> Result<(), CommandError> {
    let started = Instant::now();
    refuse_key_in_argument(args.connection.api_key.is_some())?;
    paths::check_export(&args)?;
    Layout::new(&args.output)?;
    if let Some(format) = args.request.print_request {
        let plan = args.plan();
        let export = |api| Export::new(api, plan);
        return print_request(format, args.connection, export, signals).await;
    }

    // The demonstration runs until the end of this function.
    let demo = if args.demo { Some(Demo::start().await?) } else { None };
    let args = Arc::new(args);
    let Opened { config, api, plan, output_mode, store, resumed, report, mut destination } =
        open(&args, demo.as_ref(), started, console, signals).await?;

    if let (Some(store), Some((export, list))) = (&store, &resumed) {
        note_resumed(store, export, list, console);
    }
    let (export, list) =
        resumed.unwrap_or_else(|| (Export::new(api.clone(), plan), List::default()));
    let saver = store.map(|store| Saver::new(store, api.clone()));
    let mut source = Source::new(export, list, output_mode, &config, saver, console)?;

    let copied = copy(&mut source, &mut destination, console, signals).await;
    let summary = source.report();
    let copied = copied.and_then(|()| check_length(&summary, args.min_segments));

    let ids_digest = destination.ids_digest();
    let mut store = source.take_store();
    let mut save = |error: &CommandError| {
        if let Some(store) = store.take() {
            signals.hold(|| save_failed(store, &api, &source, error, console));
        }
    };
    let written = match copied {
        // If the list cannot be written, the next run need not read it again.
        Ok(()) => destination.finish(console).inspect_err(|error| save(error)),
        Err(error) => {
            save(&error);
            if args.keep_partial && error.leaves_output() {
                keep_partial(destination, &source, &error, console);
            }
            Err(error)
        }
    };

    let reported = report
        .map_or(Ok(()), |sink| write_report(sink, &summary, ids_digest, written.as_ref().err()));
    if written.is_ok() {
        remove(store, console);
    }
    if let (Err(_), Err(error)) = (&written, &reported) {
        console.warn(&error.to_string());
    }
    let written = written?;
    reported?;
    console.note(&format!("{summary}{written}{}", anomalies(&summary)));
    Ok(())
}

async fn open(
    args: &Arc<args::Export>,
    demo: Option<&Demo>,
    started: Instant,
    console: &Console,
    signals: &mut Signals,
) -> Result<Opened, CommandError> {
    let demo = demo.map(Demo::config).transpose()?;
    let (args, console) = (Arc::clone(args), console.clone());
    let deadline = args.deadline;
    run_blocking(move || Opened::new(&args, demo, started, &console), deadline, signals).await
}

fn check_length(report: &Report, least: Option<u64>) -> Result<(), CommandError> {
    match least {
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

/// What a careful reader should look at.
fn anomalies(report: &Report) -> String {
    match report.anomalies.len() as u64 + report.anomalies_omitted {
        0 => String::new(),
        1 => "; 1 anomaly, see --report".to_owned(),
        n => format!("; {n} anomalies, see --report"),
    }
}
