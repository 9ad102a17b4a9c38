//! What an export of many workspaces needs before the first of them is read.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use super::clients::Clients;
use super::list_file::read_workspaces;
use super::owners::Owners;
use crate::args;
use crate::commands::job::{Job, Output};
use crate::config::{Environment, Layout, paths, read_roots};
use crate::error::{Again, CommandError};
use crate::files::{Sink, remove_if_there};
use crate::output::Format;
use crate::random::seed;
use crate::transfer::RowStream;
use crate::workspaces::{Directory, Workspace, WorkspaceFiles};

/// What all of them share.
pub(super) struct Setup {
    pub(super) workspaces: Vec<Arc<Workspace>>,
    /// `None` if the rows go to standard output.
    pub(super) directory: Option<Directory>,
    pub(super) jobs: usize,
    pub(super) max_age: Duration,
    pub(super) environment: Environment,
    pub(super) roots: Option<Vec<u8>>,
    pub(super) clients: Clients,
    pub(super) connect_timeout: Duration,
    /// What each is asked for, except for its files.
    job: Job,
    stream: RowStream,
    pub(super) owners: Owners,
}

impl Setup {
    /// Reads the list of workspaces, and opens what all of them share: that, and the summary.
    pub(super) fn load(
        args: &args::Export,
        file: &Path,
    ) -> Result<(Self, Option<Sink>), CommandError> {
        let job = job(args)?;
        let workspaces = read_workspaces(file, args.connection.allow_insecure_http)?;

        let directory = args.many.output_dir.as_deref().map(Directory::open).transpose()?;
        check_files(args, file, &workspaces, directory.as_ref(), job.layout.format)?;
        if directory.is_none() {
            drop(Sink::open_stdout()?);
        }
        let roots = args.connection.ca_file.as_deref().map(read_roots).transpose()?;
        let summary = match &directory {
            Some(directory) => Some(new_summary(&directory.summary())?),
            None => args.report.as_deref().map(Sink::create).transpose()?,
        };

        let setup = Self {
            workspaces: workspaces.into_iter().map(Arc::new).collect(),
            directory,
            jobs: args.many.jobs.into(),
            max_age: args.many.max_age,
            environment: Environment::read(),
            roots,
            clients: Clients::default(),
            connect_timeout: args.limits.timeouts.connect()?,
            job,
            stream: RowStream::default(),
            owners: Owners::new(),
        };
        Ok((setup, summary))
    }

    /// What one workspace is asked for, and its files if it has any.
    pub(super) fn job(&self, workspace: &Workspace) -> (Job, Option<WorkspaceFiles>) {
        let mut job = self.job.clone();
        job.plan.seed = seed();

        let files = self.files(workspace);
        if let Some(files) = &files {
            job.output = Output::File(files.list.clone());
            job.report = Some(files.report.clone());
            job.checkpoint = Some(files.checkpoint.clone());
        } else {
            let (workspace, stream) = (workspace.name.clone(), self.stream.clone());
            job.output = Output::Stream { workspace, stream };
        }
        (job, files)
    }

    /// Its files, unless the rows go to standard output.
    pub(super) fn files(&self, workspace: &Workspace) -> Option<WorkspaceFiles> {
        let format = self.job.layout.format;
        self.directory.as_ref().map(|directory| directory.files(&workspace.name, format))
    }

    /// The time limit for each.
    pub(super) fn deadline(&self) -> Option<Duration> {
        self.job.plan.deadline
    }

    /// What another run does.
    pub(super) fn again(&self) -> Again {
        match &self.directory {
            Some(directory) => Again::Missing { summary: directory.summary() },
            None => Again::All,
        }
    }
}

/// What each workspace is asked for.
fn job(args: &args::Export) -> Result<Job, CommandError> {
    let format = args.output.format.unwrap_or(Format::Ndjson);
    if args.many.output_dir.is_none() {
        let needs_directory = |flag: &str| {
            let message = format!("{flag} needs --output-dir, with --workspaces");
            let advice = "Without it, the rows of all workspaces are one stream of NDJSON, each of \
                          a list that is whole";
            Err(CommandError::usage(message, advice))
        };
        if format != Format::Ndjson {
            return needs_directory(&format!("--format {}", format.name()));
        }
        if args.keep_partial {
            return needs_directory("--keep-partial");
        }
    }
    Ok(Job::with(Layout::with(format, &args.output)?, args))
}

/// Refuses to write a file that is also read.
fn check_files(
    args: &args::Export,
    list: &Path,
    workspaces: &[Workspace],
    directory: Option<&Directory>,
    format: Format,
) -> Result<(), CommandError> {
    let mut written = Vec::new();
    if let Some(directory) = directory {
        directory.check(workspaces.iter().map(|workspace| &*workspace.name), format)?;
        written.push(directory.summary());
        for workspace in workspaces {
            let files = directory.files(&workspace.name, format);
            written.extend([files.list, files.report, files.checkpoint]);
        }
    }

    let keys = workspaces.iter().filter_map(Workspace::key_file);
    let report = args.report.as_deref();
    paths::check_many(&args.connection, report, list, &written, directory.is_none(), keys)
}

/// The old one goes at once: if this run is killed, it must not be taken for the summary of it.
fn new_summary(path: &Path) -> Result<Sink, CommandError> {
    remove_if_there(path)?;
    Sink::create(path)
}
