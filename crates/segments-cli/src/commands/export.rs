//! `segments export`: the whole list.

use segments_core::Export;
use tokio::time::Instant;

use super::demo::Demo;
use super::job::Job;
use super::open::Opened;
use super::perform::{perform, summary};
use super::request::print_request;
use super::workspaces;
use crate::args;
use crate::config::{Config, Environment, paths, refuse_key_in_argument};
use crate::error::CommandError;
use crate::signal::{Signals, run_blocking};
use crate::terminal::Console;
use crate::transfer::{Transport, client};

/// Runs the export to its end, and reports the outcome.
pub(super) async fn run(
    args: args::Export,
    console: &Console,
    signals: &mut Signals,
) -> Result<(), CommandError> {
    if let Some(file) = args.many.workspaces.clone() {
        return workspaces::run(args, &file, console, signals).await;
    }

    let started = Instant::now();
    refuse_key_in_argument(args.connection.api_key.is_some())?;
    paths::check_export(&args)?;
    let job = Job::new(&args)?;
    let connect_timeout = args.limits.timeouts.connect()?;
    if let Some(format) = args.request.print_request {
        let export = |api| Export::new(api, job.plan);
        return print_request(format, args.connection, export, signals).await;
    }

    // The demonstration runs until the end of this function.
    let demo = if args.demo { Some(Demo::start().await?) } else { None };
    let opened = open(args, job, demo.as_ref(), started, console, signals).await?;
    let client = client(&opened.config, connect_timeout, opened.plan.max_head)?;
    let transport = Transport::Network { client, recorder: opened.recorder.clone() };

    let ended = perform(opened, transport, console, signals).await;
    let written = ended.written?;
    console.note(&summary(&ended.report, &written));
    Ok(())
}

async fn open(
    args: args::Export,
    job: Job,
    demo: Option<&Demo>,
    started: Instant,
    console: &Console,
    signals: &mut Signals,
) -> Result<Opened, CommandError> {
    let demo = demo.map(Demo::config).transpose()?;
    let (console, deadline) = (console.clone(), args.pace.deadline);
    let opening = move || {
        let config = if let Some(config) = demo {
            config
        } else {
            let files = paths::check_export(&args)?;
            Config::new(&args.connection, &Environment::read(), files, &console)?
        };
        Opened::new(job, config, started, &console)
    };
    run_blocking(opening, deadline, signals).await
}
