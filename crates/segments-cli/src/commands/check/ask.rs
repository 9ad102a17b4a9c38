//! One request, and what became of it.

use std::time::{Duration, SystemTime};

use segments_core::{Api, Export, Goal, ListRequest, Plan};
use segments_hyper::{Client, Reader};

use super::recorder::{Head, Recorder};
use crate::args::has_flag;
use crate::error::CommandError;
use crate::signal::Signals;
use crate::terminal::Console;

/// What became of one request.
pub(in crate::commands) struct Asked {
    /// How many segments are on the first page.
    pub(in crate::commands) outcome: Result<usize, CommandError>,
    pub(super) head: Option<Head>,
    pub(super) sent: SystemTime,
}

/// Requests the first page, once.
///
/// # Errors
/// If a signal comes. What else can fail is in the outcome.
pub(in crate::commands) async fn ask(
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

    let outcome = outcome.map(|()| segments).map_err(|error| {
        CommandError::export(error, endpoint).for_command(|flag| has_flag("check", flag))
    });
    Ok(Asked { outcome, head: recorder.head(), sent })
}
