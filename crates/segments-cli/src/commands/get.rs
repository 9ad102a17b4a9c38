//! `segments get`: one page.

use std::sync::Arc;

use segments_core::{Api, Export, Goal, List, ListRequest};

use crate::args;
use crate::commands::export::{Destination, copy, watch};
use crate::config::connection::{Config, Environment, refuse_key_in_argument};
use crate::config::paths::Files;
use crate::error::CommandError;
use crate::signal::{Signals, patiently};
use crate::terminal::console::Console;
use crate::transfer::source::{OutputMode, Source};

/// As many signs of one page are said.
const MOST_SIGNS: usize = 5;

/// Reads the page and writes it.
pub(crate) async fn run(
    args: args::Get,
    console: &Console,
    signals: &mut Signals,
) -> Result<(), CommandError> {
    refuse_key_in_argument(args.connection.api_key.is_some())?;
    Files::of_get(&args)?;
    let (args, talk) = (Arc::new(args), console.clone());
    let opening = {
        let args = Arc::clone(&args);
        move || {
            let config = Config::new(&args.connection, &Environment::read(), &talk)?;
            Ok((config, Destination::open(&args.output, &talk)?))
        }
    };
    let (config, mut destination) = patiently(opening, None, signals).await?;

    let api = Api::new(config.endpoint.clone(), config.key.clone())
        .replacing_invalid_text(args.output.replace_invalid_text);
    let page = ListRequest { page: args.page, sort_direction: args.sort };
    let export = Export::single(api, args.limits.plan(Goal::Walk), page);
    let list = List::default();
    let mut source = Source::new(export, list, OutputMode::Each, &config, None, console)?;
    let copying = copy(&mut source, &mut destination, console);
    watch(copying, console, signals).await?;
    let written = destination.finish(console)?;
    let report = source.report();
    // There is no report of one page, so what is odd about it is said here.
    report.anomalies.iter().take(MOST_SIGNS).for_each(|sign| console.warn(&sign.to_string()));
    let count = report.segments;
    let plural = if count == 1 { "" } else { "s" };
    console.note(&format!("{count} segment{plural} on page {}{written}", args.page));
    Ok(())
}
