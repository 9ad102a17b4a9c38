//! One of many workspaces.

use std::sync::Arc;
use std::time::SystemTime;

use segments_core::Api;
use tokio::time::Instant;

use super::setup::Setup;
use crate::commands::open::Opened;
use crate::commands::perform::{Ended, perform};
use crate::config::Config;
use crate::error::CommandError;
use crate::random::seed;
use crate::signal::{Signals, run_blocking};
use crate::terminal::Console;
use crate::workspaces::{Completion, ExportSpec, Outcome, Wanted, Workspace, WorkspaceFiles};

/// What an export of a workspace begins with.
enum Beginning {
    /// Its list is there.
    Kept(Box<Outcome>),
    Export(Box<Opened>, Option<WorkspaceFiles>),
}

/// Reads one workspace, unless its list is there already.
pub(super) async fn export_one(
    setup: &Arc<Setup>,
    workspace: &Arc<Workspace>,
    console: &Console,
    mut signals: Signals,
) -> Outcome {
    let ended = export(setup, workspace, console, &mut signals).await;
    let outcome = ended.unwrap_or_else(|error| Outcome::failed(&workspace.name, error));
    match setup.files(workspace) {
        Some(files) => outcome.in_files(&files),
        None => outcome,
    }
}

async fn export(
    setup: &Arc<Setup>,
    workspace: &Arc<Workspace>,
    console: &Console,
    signals: &mut Signals,
) -> Result<Outcome, CommandError> {
    let started = Instant::now();
    let beginning = {
        let (setup, workspace, console) = (setup.clone(), workspace.clone(), console.clone());
        move || begin(&setup, &workspace, started, &console)
    };
    let (opened, files) = match run_blocking(beginning, setup.deadline(), signals).await? {
        Beginning::Kept(outcome) => return Ok(*outcome),
        Beginning::Export(opened, files) => (*opened, files),
    };

    let client = setup.clients.get(&opened.config, setup.connect_timeout, opened.plan.max_head)?;
    let (spec, api) = (spec(&opened), opened.api.clone());
    let Ended { report, requests, written } = perform(opened, client, console, signals).await;

    let completed = written.and_then(|_| match &files {
        Some(files) => complete(files, spec, &api, &report),
        None => Ok(()),
    });
    // Each has its own in the directory.
    let completed = completed.map_err(|error| error.for_command(|flag| flag != "--checkpoint"));
    Ok(Outcome { requests, ..Outcome::of_export(&workspace.name, report, completed) })
}

/// Reads the key, looks for a list that is there, and opens everything if there is none.
fn begin(
    setup: &Setup,
    workspace: &Workspace,
    started: Instant,
    console: &Console,
) -> Result<Beginning, CommandError> {
    let Workspace { name, endpoint, profile } = workspace;
    let roots = setup.roots.clone();
    let config = Config::of_profile(profile, endpoint.clone(), &setup.environment, roots, console)?;

    let api = Api::new(config.endpoint.clone(), config.key.clone());
    setup.owners.add(name, &api, console);

    let (job, files) = setup.job(workspace);
    if let Some(files) = &files {
        let spec =
            ExportSpec::new(&config.endpoint, &job.plan, &job.layout, job.replaces_invalid_text);
        let min_segments = job.min_segments.unwrap_or_default();
        let wanted = Wanted { spec: &spec, api: &api, max_age: setup.max_age, min_segments };
        if let Some(outcome) = kept(name, files, wanted) {
            return Ok(Beginning::Kept(Box::new(outcome)));
        }
        files.forget()?;
    }
    let opened = Opened::new(job, config, started, console)?;
    Ok(Beginning::Export(Box::new(opened), files))
}

/// The list that is there, if it is what is wanted.
fn kept(name: &str, files: &WorkspaceFiles, wanted: Wanted) -> Option<Outcome> {
    let now = SystemTime::now();
    let completion = files.completion().filter(|completion| completion.answers(wanted, now))?;

    // Only then is it worth reading.
    let is_intact = files.sha256().as_deref() == Some(completion.sha256());
    let age = completion.age(now).filter(|_| is_intact)?;
    Some(Outcome::kept(name, age, completion.segments(), completion.proof()))
}

/// Notes that the list is there. Without that note the next run reads it again.
fn complete(
    files: &WorkspaceFiles,
    spec: ExportSpec,
    api: &Api,
    report: &segments_core::Report,
) -> Result<(), CommandError> {
    let sha256 = files.sha256().unwrap_or_default();
    let completion = Completion::new(spec, api, seed(), SystemTime::now(), sha256, report);
    files.complete(&completion)
}

fn spec(opened: &Opened) -> ExportSpec {
    let job = &opened.job;
    let endpoint = &opened.config.endpoint;
    ExportSpec::new(endpoint, &job.plan, &job.layout, job.replaces_invalid_text)
}
