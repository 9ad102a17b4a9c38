//! `segments check`: one request, and what its response says of key, instance, quota and clock.

mod finding;
mod recorder;

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use segments_core::{Api, Export, Goal, ListRequest, Plan};
use segments_hyper::{Client, Reader};

use self::finding::Finding;
use self::recorder::{Head, Recorder};
use super::print::print;
use crate::args;
use crate::config::{Config, Environment, paths, refuse_key_in_argument};
use crate::error::CommandError;
use crate::signal::{Signals, run_blocking};
use crate::terminal::Console;
use crate::transfer::client;

/// Sends the request and prints what was found, also if it was refused.
pub(super) async fn run(
    args: args::Check,
    console: &Console,
    signals: &mut Signals,
) -> Result<(), CommandError> {
    refuse_key_in_argument(args.connection.api_key.is_some())?;
    let connect_timeout = args.timeouts.connect()?;
    let args = Arc::new(args);
    let config = open(&args, console, signals).await?;

    let client = client(&config, connect_timeout, Plan::default().max_head)?;
    let api = Api::new(config.endpoint.clone(), config.key.clone());
    let Asked { outcome, head, sent } =
        ask(api, client, args.timeouts.timeout, console, signals).await?;

    let finding = Finding::new(&config.endpoint, &outcome, head.as_ref(), sent);
    print(finding.written(args.format).as_bytes())?;
    outcome.map(drop)
}

/// What became of one request.
pub(super) struct Asked {
    /// How many segments are on the first page.
    pub(super) outcome: Result<usize, CommandError>,
    head: Option<Head>,
    sent: SystemTime,
}

/// Requests the first page, once.
///
/// # Errors
/// If a signal comes. What else can fail is in the outcome.
pub(super) async fn ask(
    api: Api,
    client: Client,
    timeout: Duration,
    console: &Console,
    signals: &mut Signals,
) -> Result<Asked, CommandError> {
    let mut plan = Plan::new(Goal::Walk);
    plan.timeout = timeout;
    plan.retry.max_attempts = 1;
    let (recorder, endpoint) = (Recorder::new(client), api.endpoint().clone());
    let export = Export::single(api, plan, ListRequest::page(0));

    let log = console.clone();
    let mut reader =
        Reader::new(export, recorder.clone()).on_exchange(move |exchange| log.exchange(exchange));
    let mut segments = 0;
    let read = async {
        while let Some(batch) = reader.next_segments().await {
            segments += batch?.len();
        }
        Ok(())
    };
    let sent = SystemTime::now();
    let outcome = tokio::select! {
        signal = signals.first() => return Err(CommandError::Stopped(signal)),
        outcome = read => outcome,
    };

    let outcome =
        outcome.map(|()| segments).map_err(|error| CommandError::Export(Box::new(error), endpoint));
    Ok(Asked { outcome, head: recorder.head(), sent })
}

async fn open(
    args: &Arc<args::Check>,
    console: &Console,
    signals: &mut Signals,
) -> Result<Config, CommandError> {
    let (args, console) = (Arc::clone(args), console.clone());
    let opening = move || {
        let files = paths::check_connection(&args.connection)?;
        Config::new(&args.connection, &Environment::read(), files, &console)
    };
    run_blocking(opening, None, signals).await
}
