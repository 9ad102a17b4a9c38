//! One export before anything is opened: what it reads, and where everything goes.

use std::path::PathBuf;

use segments_core::Plan;

use crate::args;
use crate::config::Layout;
use crate::error::CommandError;
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
    pub(super) keeps_partial: bool,
    pub(super) report: Option<PathBuf>,
    pub(super) checkpoint: Option<PathBuf>,
    pub(super) record: Option<PathBuf>,
}

impl Job {
    /// That of the flags.
    pub(super) fn new(args: &args::Export) -> Result<Self, CommandError> {
        Ok(Self::with(Layout::new(&args.output)?, args))
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
            keeps_partial: args.keep_partial,
            report: args.report.clone(),
            checkpoint: args.checkpoint.clone(),
            record: args.record.clone(),
        }
    }
}
