//! `segments airbyte`: the list as a source of Airbyte.

use segments_core::Api;
use serde_json::Value;

use super::check::ask;
use super::connector::{Emitter, read, read_config, read_json, read_state};
use super::print::print;
use crate::args;
use crate::config::{ConnectorConfig, KeyEntries};
use crate::connectors::airbyte::{
    AirbyteStream, catalog, connection_status, saved_in, selects_stream, spec,
};
use crate::connectors::{Event, LastState, LogLevel};
use crate::error::CommandError;
use crate::signal::{Signals, run_blocking};
use crate::terminal::Console;
use crate::transfer::client;

/// Does what the platform asks for. A failure is a message of the protocol too.
pub(super) async fn run(
    args: args::Airbyte,
    console: &Console,
    signals: &mut Signals,
) -> Result<(), CommandError> {
    let mut out = Emitter::new(AirbyteStream::default(), console)?;
    let done = match args {
        args::Airbyte::Spec => print_message(&spec()),
        args::Airbyte::Discover(args) => discover(args, signals).await,
        args::Airbyte::Check(args) => check(args, &mut out, console, signals).await,
        args::Airbyte::Read(args) => read_stream(args, &mut out, signals).await,
    };
    done.inspect_err(|error| {
        if error.leaves_output() {
            // If it cannot be written, the exit code says it.
            let _ = out.emit(&Event::Failed(error));
        }
    })
}

/// The finding is a message, and the exit code says only whether it could be written.
async fn check(
    args: args::Configured,
    out: &mut Emitter<AirbyteStream>,
    console: &Console,
    signals: &mut Signals,
) -> Result<(), CommandError> {
    let found = match find(args, out, console, signals).await {
        Err(error @ CommandError::Stopped(_)) => return Err(error),
        found => found.err(),
    };
    print_message(&connection_status(found.as_ref()))
}

async fn find(
    args: args::Configured,
    out: &mut Emitter<AirbyteStream>,
    console: &Console,
    signals: &mut Signals,
) -> Result<(), CommandError> {
    let log = console.clone();
    let opening = move || {
        let config = read_config(&args.config, KeyEntries::Inline)?;
        let connection = config.open(&log)?;
        Ok((config, connection))
    };
    let (config, connection) = run_blocking(opening, None, signals).await?;
    out.warn_all(&config.warnings)?;

    let api = Api::new(connection.endpoint.clone(), connection.key.clone())
        .replacing_invalid_text(config.replace_invalid_text);
    let client = client(&connection, args::CONNECT_TIMEOUT, config.plan.max_head)?;
    let asked = ask(api, client, config.plan.timeout, console, signals).await?;
    asked.outcome.map(drop).map_err(|error| error.for_command(|_| false))
}

async fn discover(args: args::Configured, signals: &mut Signals) -> Result<(), CommandError> {
    let checking = move || read_config(&args.config, KeyEntries::Inline);
    run_blocking(checking, None, signals).await?;
    print_message(&catalog())
}

async fn read_stream(
    args: args::Read,
    out: &mut Emitter<AirbyteStream>,
    signals: &mut Signals,
) -> Result<(), CommandError> {
    let (config, is_selected, state) = run_blocking(move || open(&args), None, signals).await?;
    if !is_selected {
        return out.log(LogLevel::Warning, "The catalog has no stream, so nothing is read");
    }
    read(config, state, out, signals).await
}

fn open(args: &args::Read) -> Result<(ConnectorConfig, bool, LastState), CommandError> {
    let config = read_config(&args.configured.config, KeyEntries::Inline)?;
    let is_selected = read_json(&args.catalog, "--catalog", selects_stream)?;
    let state = read_state(args.state.as_deref(), saved_in)?;
    Ok((config, is_selected, state))
}

fn print_message(message: &Value) -> Result<(), CommandError> {
    print(format!("{message}\n").as_bytes())
}
