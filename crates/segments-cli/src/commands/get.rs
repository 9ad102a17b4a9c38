//! `segments get`: one page.

use std::sync::Arc;

use segments_core::{Api, Export, Goal, List, ListRequest};

use super::request::print_request;
use crate::args::{self, has_flag};
use crate::config::{Config, Environment, Layout, paths, refuse_key_in_argument};
use crate::error::CommandError;
use crate::signal::{Signals, run_blocking};
use crate::terminal::Console;
use crate::text::plural::plural;
use crate::transfer::{Destination, OutputMode, Source, client, copy};

/// The most anomalies of a page that are printed.
const MOST_ANOMALIES: usize = 5;

/// Reads the page and writes it.
pub(super) async fn run(
    args: args::Get,
    console: &Console,
    signals: &mut Signals,
) -> Result<(), CommandError> {
    refuse_key_in_argument(args.connection.api_key.is_some())?;
    paths::check_get(&args)?;
    let connect_timeout = args.limits.timeouts.connect()?;
    let page = ListRequest { page: args.page, sort_direction: args.sort };
    if let Some(format) = args.request.print_request {
        let export = |api| Export::single(api, args.limits.plan(Goal::Walk), page);
        return print_request(format, args.connection, export, signals).await;
    }

    let args = Arc::new(args);
    let (config, mut destination) = open(&args, console, signals).await?;

    let api = Api::new(config.endpoint.clone(), config.key.clone())
        .replacing_invalid_text(args.output.replace_invalid_text);
    let export = Export::single(api, args.limits.plan(Goal::Walk), page);
    let client = client(&config, connect_timeout, export.plan().max_head)?;
    let (list, mode) = (List::default(), OutputMode::Streamed);
    let mut source = Source::new(export, list, mode, config.endpoint, client, None, console);

    let copied = copy(&mut source, &mut destination, console, signals).await;
    copied.map_err(|error| error.for_command(|flag| has_flag("get", flag)))?;
    let written = destination.finish(console).await?;

    // One page has no report, so its anomalies are printed.
    let report = source.report();
    for anomaly in report.anomalies.iter().take(MOST_ANOMALIES) {
        console.warn(&anomaly.to_string());
    }
    let segments = plural(report.segments, "segment");
    console.note(&format!("{segments} on page {}{written}", args.page));
    Ok(())
}

async fn open(
    args: &Arc<args::Get>,
    console: &Console,
    signals: &mut Signals,
) -> Result<(Config, Destination), CommandError> {
    let (args, console) = (Arc::clone(args), console.clone());
    let opening = move || {
        let files = paths::check_get(&args)?;
        let config = Config::new(&args.connection, &Environment::read(), files, &console)?;
        let layout = Layout::new(&args.output)?;
        Ok((config, Destination::open(layout, args.output.file.as_deref(), &console)?))
    };
    run_blocking(opening, None, signals).await
}
