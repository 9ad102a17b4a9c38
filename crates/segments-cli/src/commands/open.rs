//! What an export opens before it sends anything: a missing directory must not cost an hour's work.

use std::time::Duration;

use segments_core::{Api, Export, Goal, List, Plan};
use tokio::time::Instant;

use super::job::{Job, Output};
use crate::checkpoint::Store;
use crate::config::Config;
use crate::error::CommandError;
use crate::files::Sink;
use crate::record::{Head, Recorder};
use crate::terminal::Console;
use crate::transfer::{Destination, OutputMode, warn_in_place};

/// Everything that an export needs.
pub(super) struct Opened {
    pub(super) job: Job,
    pub(super) config: Config,
    pub(super) api: Api,
    pub(super) plan: Plan,
    pub(super) output_mode: OutputMode,
    pub(super) store: Option<Store>,
    /// The export in the store, and its segments.
    pub(super) resumed: Option<(Export, List)>,
    pub(super) report: Option<Sink>,
    pub(super) destination: Destination,
    pub(super) recorder: Option<Recorder>,
}

impl Opened {
    /// Opens it. The deadline of the plan counts from `started`.
    pub(super) fn new(
        job: Job,
        config: Config,
        started: Instant,
        console: &Console,
    ) -> Result<Self, CommandError> {
        let (report, destination) = open_output(&job, console)?;

        let is_walk = job.plan.goal == Goal::Walk;
        // The rows of a workspace stand together in a stream of several.
        let is_one_of_many = matches!(job.output, Output::Stream { .. });
        let is_streamed = (is_walk || job.streams) && job.checkpoint.is_none() && !is_one_of_many;
        let output_mode = OutputMode::of(is_streamed);
        let mut plan = job.plan.clone();
        plan.keeps_list = is_walk && (!is_streamed || destination.keeps_list());
        // Opening takes time too: a named pipe opens when another program reads from it.
        plan.deadline = plan.deadline.map(|deadline| deadline.saturating_sub(started.elapsed()));

        let api = Api::new(config.endpoint.clone(), config.key.clone())
            .replacing_invalid_text(job.replaces_invalid_text);
        let (mut store, mut resumed) = (None, None);
        if let Some(path) = &job.checkpoint {
            let (opened, found) = Store::open(path, &api, &plan)?;
            (store, resumed) = (Some(opened), found);
        }

        let recorder = match &job.record {
            Some(path) => {
                let head = Head::new(
                    &api,
                    &plan,
                    job.replaces_invalid_text,
                    is_streamed,
                    job.min_segments,
                );
                let recorder = Recorder::create(path, &head)?;
                resumed = resumed.map(|found| record_start(&recorder, &api, found)).transpose()?;
                Some(recorder)
            }
            None => None,
        };
        Ok(Self {
            job,
            config,
            api,
            plan,
            output_mode,
            store,
            resumed,
            report,
            destination,
            recorder,
        })
    }

    /// Opens the output of an export that is replayed.
    pub(super) fn replaying(
        job: Job,
        config: Config,
        api: Api,
        resumed: Option<(Export, List)>,
        is_streamed: bool,
        console: &Console,
    ) -> Result<Self, CommandError> {
        let output_mode = OutputMode::of(is_streamed);
        let (report, destination) = open_output(&job, console)?;
        let (plan, store, recorder) = (job.plan.clone(), None, None);
        Ok(Self {
            job,
            config,
            api,
            plan,
            output_mode,
            store,
            resumed,
            report,
            destination,
            recorder,
        })
    }
}

fn open_output(job: &Job, console: &Console) -> Result<(Option<Sink>, Destination), CommandError> {
    let report = job.report.as_deref().map(Sink::create).transpose()?;
    if let Some(report) = &report {
        warn_in_place(report, console);
    }
    let layout = job.layout.clone();
    let mut destination = match &job.output {
        Output::Stdout => Destination::open(layout, None, console)?,
        Output::File(path) => Destination::open(layout, Some(path), console)?,
        Output::Stream { workspace, stream } => {
            Destination::in_stream(layout, workspace, stream.clone())
        }
    };
    if report.is_some() {
        destination.digest_ids();
    }
    if let Some(most) = job.max_items {
        destination.take_at_most(most);
    }
    Ok((report, destination))
}

/// Begins a record with a checkpoint of the export, and resumes the export from just that.
fn record_start(
    recorder: &Recorder,
    api: &Api,
    (export, list): (Export, List),
) -> Result<(Export, List), CommandError> {
    let checkpoint = export.checkpoint(Duration::ZERO);
    recorder.resumed(&checkpoint, &list);

    let export = Export::resume(api.clone(), export.plan().clone(), checkpoint)
        .map_err(|error| CommandError::usage(error.to_string(), ""))?;
    Ok((export, list))
}
