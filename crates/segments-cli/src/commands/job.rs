//! One export before anything is opened: what it reads, and where everything goes.

use std::path::PathBuf;

use segments_core::{Goal, Plan};

use crate::args;
use crate::config::Layout;
use crate::error::CommandError;
use crate::files::is_stdout;
use crate::output::Format;
use crate::transfer::RowStream;

/// Where the list goes.
#[derive(Debug, Clone)]
pub(super) enum Output {
    Stdout,
    File(PathBuf),
    /// To standard output, among the rows of other workspaces.
    Stream {
        workspace: String,
        stream: RowStream,
    },
}

impl Output {
    /// The file of the flags, or standard output.
    pub(super) fn of(args: &args::Output) -> Self {
        args.file.clone().map_or(Self::Stdout, Self::File)
    }
}

/// What one export is asked for.
#[derive(Debug, Clone)]
pub(super) struct Job {
    pub(super) plan: Plan,
    pub(super) replaces_invalid_text: bool,
    pub(super) min_segments: Option<u64>,
    pub(super) max_items: Option<u64>,
    pub(super) layout: Layout,
    pub(super) output: Output,
    /// Whether rows are written before the list is proven.
    pub(super) streams: bool,
    pub(super) keeps_partial: bool,
    pub(super) report: Option<PathBuf>,
    pub(super) checkpoint: Option<PathBuf>,
    pub(super) record: Option<PathBuf>,
}

impl Job {
    /// That of the flags.
    pub(super) fn new(args: &args::Export) -> Result<Self, CommandError> {
        let layout = Layout::new(&args.output)?;
        if args.stream {
            check_stream(args, layout.format)?;
        }
        Ok(Self::with(layout, args))
    }

    /// The same in this layout.
    pub(super) fn with(layout: Layout, args: &args::Export) -> Self {
        Self {
            plan: args.plan(),
            replaces_invalid_text: args.output.replace_invalid_text,
            min_segments: args.min_segments,
            max_items: args.max_items,
            layout,
            output: Output::of(&args.output),
            streams: args.stream,
            keeps_partial: args.keep_partial,
            report: args.report.clone(),
            checkpoint: args.checkpoint.clone(),
            record: args.record.clone(),
        }
    }
}

/// Refuses to write rows that would have to be taken back, or that cannot be written one by one.
fn check_stream(args: &args::Export, format: Format) -> Result<(), CommandError> {
    if args.goal == Goal::Snapshot {
        let message =
            "--stream cannot go with --goal snapshot, which leaves out segments at its end";
        return Err(CommandError::usage(message, "Use --goal complete, or leave out --stream"));
    }
    if args.output.file.as_deref().is_some_and(|path| !is_stdout(path)) {
        let message = "--stream cannot go with --output, which writes a list that is proven";
        return Err(CommandError::usage(message, "Leave out one of them"));
    }
    if matches!(format, Format::Json | Format::Table) {
        let message = format!("--stream has no effect on the format {}", format.name());
        let advice = "Add --format ndjson, csv, tsv, markdown or ids, or leave it out";
        return Err(CommandError::usage(message, advice));
    }
    Ok(())
}
