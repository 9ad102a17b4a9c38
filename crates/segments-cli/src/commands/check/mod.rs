//! `segments check`: one request, and what its response says of key, instance, quota and clock.

mod ask;
mod finding;
mod many;
mod recorder;

use std::sync::Arc;

use segments_core::{Api, Plan};

use self::ask::Asked;
pub(super) use self::ask::ask;
use self::finding::Finding;
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
    if let Some(file) = args.many.workspaces.clone() {
        return many::run(args, file, console, signals).await;
    }

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
