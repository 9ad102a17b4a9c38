//! What an export opens before it sends anything: a missing directory must not cost an hour's work.

use segments_core::{Api, Export, Goal, List, Plan};
use tokio::time::Instant;

use super::job::Job;
use crate::checkpoint::Store;
use crate::config::Config;
use crate::error::CommandError;
use crate::files::Sink;
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
}

impl Opened {
    /// Opens it. The deadline of the plan counts from `started`.
    pub(super) fn new(
        job: Job,
        config: Config,
        started: Instant,
        console: &Console,
    ) -> Result<Self, CommandError> {
        let report = job.report.as_deref().map(Sink::create).transpose()?;
        if let Some(report) = &report {
            warn_in_place(report, console);
        }
        let mut destination =
            Destination::open(job.layout.clone(), job.output.as_deref(), console)?;
        if report.is_some() {
            destination.digest_ids();
        }

        let is_walk = job.plan.goal == Goal::Walk;
        let is_streamed = is_walk && job.checkpoint.is_none();
        let output_mode = if is_streamed { OutputMode::Streamed } else { OutputMode::Whole };
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
        Ok(Self { job, config, api, plan, output_mode, store, resumed, report, destination })
    }
}
