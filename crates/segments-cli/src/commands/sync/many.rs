//! `segments sync --workspaces`: what has changed in each of many workspaces.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use segments_core::{Report, Segment};
use tokio::time::Instant;

use crate::args::{self, Tracking};
use crate::changes::ChangeCounts;
use crate::commands::tracker::{NotApplied, Reading, Tracker};
use crate::commands::workspaces::{
    Clients, Done, Owners, Pool, conclude, lost_stdout, read_workspaces,
};
use crate::config::{Config, Environment, paths, read_roots, refuse_key_in_argument};
use crate::error::{Again, CommandError};
use crate::files::{Sink, lock_of};
use crate::output::EventFormat;
use crate::signal::{Signals, run_blocking};
use crate::terminal::Console;
use crate::workspaces::{Outcome, Summary, Workspace};

/// What all of them share.
struct Setup {
    workspaces: Vec<Arc<Workspace>>,
    args: Arc<Tracking>,
    state_dir: PathBuf,
    environment: Environment,
    roots: Option<Vec<u8>>,
    clients: Clients,
    owners: Owners,
    /// Events of one workspace stand together.
    stdout: Mutex<()>,
}

/// Reads every workspace of the file once, and writes what has changed in each.
pub(super) async fn run(
    args: args::Sync,
    file: &Path,
    console: &Console,
    signals: &mut Signals,
) -> Result<(), CommandError> {
    let started = Instant::now();
    refuse_key_in_argument(args.tracking.connection.api_key.is_some())?;
    let (jobs, exit_code) = (args.many.jobs.into(), args.exit_code);
    let file = file.to_owned();
    let loading = move || load(args, &file);
    let (setup, report) = run_blocking(loading, None, signals).await?;

    console.count_workspaces(setup.workspaces.len() as u64);
    let setup = Arc::new(setup);
    let pool = Pool { workspaces: &setup.workspaces, jobs, share_stdout: true, console };
    let sync = |workspace, console, signals| sync_one(setup.clone(), workspace, console, signals);
    let (outcomes, stopped) = pool.run(signals, sync).await;

    let summary = Summary { outcomes, elapsed: started.elapsed() };
    conclude(&summary, stopped, report, Again::Changes, console)?;
    let has_changed = |outcome: &Outcome| outcome.changes.as_ref().is_some_and(|it| !it.is_empty());
    if exit_code && summary.outcomes.iter().any(has_changed) {
        return Err(CommandError::Changed);
    }
    Ok(())
}

/// Reads the list of workspaces, and opens what all of them share.
fn load(args: args::Sync, file: &Path) -> Result<(Setup, Option<Sink>), CommandError> {
    let args::Sync { tracking, many, report, .. } = args;
    if tracking.events.format == Some(EventFormat::Table) {
        let message = "--format table cannot go with --workspaces";
        return Err(CommandError::usage(message, "Leave it out: the events are NDJSON"));
    }
    tracking.limits.timeouts.connect()?;

    let connection = &tracking.connection;
    let workspaces = read_workspaces(file, connection.allow_insecure_http)?;
    let state_dir = many.state_dir.expect("the command line asks for it");
    // Where there is no directory yet, no two paths below it are seen to be the same.
    fs::create_dir_all(&state_dir)
        .map_err(|error| CommandError::write_failed(&state_dir.display().to_string(), &error))?;
    let states = workspaces.iter().map(|workspace| state_of(&state_dir, &workspace.name));
    let written: Vec<_> = states.flat_map(|state| [lock_of(&state), state]).collect();
    let keys = workspaces.iter().filter_map(Workspace::key_file);
    paths::check_many(connection, report.as_deref(), file, &written, true, keys)?;

    // Before a list is read for nothing.
    drop(Sink::open_stdout()?);
    let report = report.as_deref().map(Sink::create).transpose()?;
    let setup = Setup {
        workspaces: workspaces.into_iter().map(Arc::new).collect(),
        roots: connection.ca_file.as_deref().map(read_roots).transpose()?,
        args: Arc::new(tracking),
        state_dir,
        environment: Environment::read(),
        clients: Clients::default(),
        owners: Owners::new(),
        stdout: Mutex::new(()),
    };
    Ok((setup, report))
}

fn state_of(directory: &Path, name: &str) -> PathBuf {
    directory.join(format!("{name}.state"))
}

async fn sync_one(
    setup: Arc<Setup>,
    workspace: Arc<Workspace>,
    console: Console,
    mut signals: Signals,
) -> Done {
    match read(&setup, &workspace, &console, &mut signals).await {
        Ok(done) => done,
        Err(error) => Done { outcome: Outcome::failed(&workspace.name, error), lost_stdout: None },
    }
}

/// Reads a list, and writes what has changed.
async fn read(
    setup: &Arc<Setup>,
    workspace: &Arc<Workspace>,
    console: &Console,
    signals: &mut Signals,
) -> Result<Done, CommandError> {
    let opening = {
        let (setup, workspace, console) = (setup.clone(), workspace.clone(), console.clone());
        move || open(&setup, &workspace, &console)
    };
    let tracker = run_blocking(opening, None, signals).await?;

    let limits = &setup.args.limits;
    let connect_timeout = limits.timeouts.connect()?;
    let client = setup.clients.get(tracker.config(), connect_timeout, limits.max_head)?;
    let Reading { report, list } = tracker.read(client, console, signals).await;
    let written = match list {
        Ok(list) => {
            let (setup, workspace) = (setup.clone(), workspace.clone());
            let (report, held) = (report.clone(), signals.clone());
            // Who reads standard output may take his time, and the others go on meanwhile.
            let writing = move || Ok(write(&setup, &workspace, tracker, &list, &report, &held));
            run_blocking(writing, None, signals).await?
        }
        Err(error) => Err(error.into()),
    };

    let is_lost = matches!(written, Err(NotApplied::Stdout(_)));
    let (requests, changes) = (report.requests, written.as_ref().ok().cloned());
    let result = written.map(drop).map_err(CommandError::from);
    let outcome = Outcome::of_export(&workspace.name, report, result);
    let lost_stdout = lost_stdout(&outcome).filter(|_| is_lost);
    Ok(Done { outcome: Outcome { changes, requests, ..outcome }, lost_stdout })
}

/// Reads the key, and opens the state.
fn open(setup: &Setup, workspace: &Workspace, console: &Console) -> Result<Tracker, CommandError> {
    let Workspace { name, endpoint, profile } = workspace;
    let roots = setup.roots.clone();
    let config = Config::of_profile(profile, endpoint.clone(), &setup.environment, roots, console)?;
    let tracker = Tracker::with(setup.args.clone(), config, &state_of(&setup.state_dir, name))?;
    setup.owners.add(name, tracker.api(), console);
    Ok(tracker)
}

/// Writes what has changed while no other workspace writes, and then replaces the state.
fn write(
    setup: &Setup,
    workspace: &Workspace,
    mut tracker: Tracker,
    list: &[Segment],
    report: &Report,
    signals: &Signals,
) -> Result<ChangeCounts, NotApplied> {
    let _alone = setup.stdout.lock().unwrap_or_else(PoisonError::into_inner);
    tracker.apply(list, report, Some(&workspace.name), signals)
}
