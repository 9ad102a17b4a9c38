//! `segments check --workspaces`: one request to each of many workspaces.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use segments_core::{Api, Plan};
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;

use super::ask::{Asked, ask};
use super::finding::Finding;
use crate::args;
use crate::commands::print::print;
use crate::commands::workspaces::{Clients, read_workspaces};
use crate::config::{Config, Environment, paths, read_roots, refuse_key_in_argument};
use crate::error::{CommandError, Exit};
use crate::signal::{Signals, run_blocking};
use crate::terminal::Console;
use crate::workspaces::{Workspace, worst};

/// What all of them share.
struct Setup {
    environment: Environment,
    roots: Option<Vec<u8>>,
    clients: Clients,
    connect_timeout: Duration,
    timeout: Duration,
    format: args::CheckFormat,
    /// The columns of the longest name.
    width: usize,
}

/// Sends the requests, and prints a line for each in the order of the list.
pub(super) async fn run(
    args: args::Check,
    file: PathBuf,
    console: &Console,
    signals: &mut Signals,
) -> Result<(), CommandError> {
    refuse_key_in_argument(args.connection.api_key.is_some())?;
    let jobs = usize::from(args.many.jobs);
    let opening = move || open(&args, &file);
    let (setup, workspaces) = run_blocking(opening, None, signals).await?;

    let (setup, permits) = (Arc::new(setup), Arc::new(Semaphore::new(jobs)));
    let checks: Vec<_> = workspaces
        .into_iter()
        .map(|workspace| start(&setup, workspace, &permits, console, signals))
        .collect();

    let total = checks.len() as u64;
    let mut exits = Vec::new();
    for check in checks {
        let (line, exit) = check.await.unwrap_or_else(|error| {
            std::panic::resume_unwind(error.into_panic());
        })?;
        print(line.as_bytes())?;
        exits.push(exit);
    }

    match exits.iter().filter(|exit| **exit != Exit::Done).count() as u64 {
        0 => Ok(()),
        failed => Err(CommandError::ChecksFailed { failed, total, exit: worst(exits) }),
    }
}

fn open(args: &args::Check, file: &Path) -> Result<(Setup, Vec<Workspace>), CommandError> {
    let workspaces = read_workspaces(file, args.connection.allow_insecure_http)?;
    paths::check_many_connections(
        &args.connection,
        file,
        workspaces.iter().filter_map(Workspace::key_file),
    )?;

    let setup = Setup {
        environment: Environment::read(),
        roots: args.connection.ca_file.as_deref().map(read_roots).transpose()?,
        clients: Clients::default(),
        connect_timeout: args.timeouts.connect()?,
        timeout: args.timeouts.timeout,
        format: args.format,
        width: workspaces.iter().map(|workspace| workspace.name.len()).max().unwrap_or_default(),
    };
    Ok((setup, workspaces))
}

/// A check that begins when there is a permit.
fn start(
    setup: &Arc<Setup>,
    workspace: Workspace,
    permits: &Arc<Semaphore>,
    console: &Console,
    signals: &Signals,
) -> JoinHandle<Result<(String, Exit), CommandError>> {
    let (setup, permits) = (Arc::clone(setup), Arc::clone(permits));
    let console = console.of_workspace(&workspace.name);
    let mut signals = signals.clone();

    tokio::spawn(async move {
        let _permit = permits.acquire().await.expect("the semaphore is never closed");
        check(&setup, workspace, &console, &mut signals).await
    })
}

/// The line of a workspace, and its exit code.
async fn check(
    setup: &Arc<Setup>,
    workspace: Workspace,
    console: &Console,
    signals: &mut Signals,
) -> Result<(String, Exit), CommandError> {
    let Workspace { name, endpoint, profile } = workspace;
    let reading = {
        let (setup, console, endpoint) = (Arc::clone(setup), console.clone(), endpoint.clone());
        let roots = setup.roots.clone();
        move || Config::of_profile(&profile, endpoint, &setup.environment, roots, &console)
    };
    let config = match run_blocking(reading, None, signals).await {
        Ok(config) => config,
        Err(stopped @ CommandError::Stopped(_)) => return Err(stopped),
        Err(error) => {
            let outcome = Err(error);
            let finding = Finding::without_request(&endpoint, &outcome);
            return Ok((finding.line(&name, setup.width, setup.format), exit(&outcome)));
        }
    };

    let client = setup.clients.get(&config, setup.connect_timeout, Plan::default().max_head)?;
    let api = Api::new(config.endpoint, config.key);
    let Asked { outcome, head, sent } = ask(api, client, setup.timeout, console, signals).await?;
    let finding = Finding::new(&endpoint, &outcome, head.as_ref(), sent);
    Ok((finding.line(&name, setup.width, setup.format), exit(&outcome)))
}

fn exit(outcome: &Result<usize, CommandError>) -> Exit {
    outcome.as_ref().err().map_or(Exit::Done, CommandError::exit)
}
