//! One export before anything is opened: what it reads, and where everything goes.

use std::path::PathBuf;

use segments_core::Plan;

use crate::args;
use crate::config::Layout;
use crate::error::CommandError;

/// What one export is asked for.
#[derive(Debug, Clone)]
pub(super) struct Job {
    pub(super) plan: Plan,
    pub(super) replaces_invalid_text: bool,
    pub(super) min_segments: Option<u64>,
    pub(super) max_items: Option<u64>,
    pub(super) layout: Layout,
    /// `None` is standard output.
    pub(super) output: Option<PathBuf>,
    pub(super) keeps_partial: bool,
    pub(super) report: Option<PathBuf>,
    pub(super) checkpoint: Option<PathBuf>,
    pub(super) record: Option<PathBuf>,
}

impl Job {
    /// That of the flags.
    pub(super) fn new(args: &args::Export) -> Result<Self, CommandError> {
        Ok(Self {
            plan: args.plan(),
            replaces_invalid_text: args.output.replace_invalid_text,
            min_segments: args.min_segments,
            max_items: args.max_items,
            layout: Layout::new(&args.output)?,
            output: args.output.file.clone(),
            keeps_partial: args.keep_partial,
            report: args.report.clone(),
            checkpoint: args.checkpoint.clone(),
            record: args.record.clone(),
        })
    }
}
