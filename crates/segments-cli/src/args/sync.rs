//! The arguments of `segments sync` and `segments watch`.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use segments_core::{Goal, Plan};

use super::events::Events;
use super::max_removed::MaxRemoved;
use super::shared::{Connection, Limits, Verbosity};
use super::values::proving_goals;
use crate::text::quantity::nonzero_time;

#[derive(Debug, Args)]
pub(crate) struct Sync {
    #[command(flatten)]
    pub(crate) tracking: Tracking,
    /// Also write a JSON report of what was done and proven, even if it fails
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    pub(crate) report: Option<PathBuf>,
    /// Exit with 1 if anything has changed, as git diff has it
    #[arg(long, help_heading = "Output")]
    pub(crate) exit_code: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Watch {
    #[command(flatten)]
    pub(crate) tracking: Tracking,
    /// Time from one reading to the next, such as 15m, 1h
    #[arg(long, value_name = "TIME", default_value = "15m", value_parser = nonzero_time)]
    #[arg(help_heading = "What to read")]
    pub(crate) every: Duration,
}

/// How changes are followed.
#[derive(Debug, Args)]
pub(crate) struct Tracking {
    #[command(flatten)]
    pub(crate) connection: Connection,
    /// What proves that a segment was removed: complete or snapshot
    #[arg(long, default_value_t, value_parser = proving_goals(), help_heading = "What to read")]
    #[arg(hide_possible_values = true, ignore_case = true)]
    pub(crate) goal: Goal,
    /// Accept invalid text in names and tags, such as half an emoji: U+FFFD replaces it
    #[arg(long, help_heading = "What to read")]
    pub(crate) replace_invalid_text: bool,
    /// File with what is known of the list. It is made if it does not exist, and replaced after the
    /// events were written
    #[arg(long, value_name = "FILE", help_heading = "State")]
    pub(crate) state: PathBuf,
    /// Refuse a list from which more segments were removed than this number, or than this
    /// percentage of those that were listed (exit code 3): no events, and the state stays
    #[arg(long, value_name = "N|P%", help_heading = "State")]
    pub(crate) max_removed: Option<MaxRemoved>,
    /// Accept that the state was made with another key, which must belong to the same workspace
    #[arg(long, help_heading = "State")]
    pub(crate) accept_new_key: bool,
    #[command(flatten)]
    pub(crate) events: Events,
    /// Time limit for one reading
    #[arg(long, value_name = "TIME", value_parser = nonzero_time, help_heading = "Limits")]
    pub(crate) deadline: Option<Duration>,
    /// Most requests in flight, up to 256
    #[arg(long, value_name = "N", default_value_t = 4, help_heading = "Limits")]
    #[arg(value_parser = clap::value_parser!(u16).range(1..=i64::from(Plan::MAX_WINDOW)))]
    pub(crate) window: u16,
    #[command(flatten)]
    pub(crate) limits: Limits,
    #[command(flatten)]
    pub(crate) verbosity: Verbosity,
}

impl Tracking {
    /// The plan that the flags ask for.
    pub(crate) fn plan(&self) -> Plan {
        let mut plan = self.limits.plan(self.goal);
        plan.window = self.window;
        plan.deadline = self.deadline;
        plan
    }
}
