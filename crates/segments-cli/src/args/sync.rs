//! The arguments of `segments sync` and `segments watch`.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use segments_core::{Goal, Plan};

use super::events::Events;
use super::help::{EXIT_CODE, REPLACE_INVALID_TEXT, REPORT};
use super::many::ManyStates;
use super::max_removed::MaxRemoved;
use super::pace::Pace;
use super::shared::{Connection, Limits, Verbosity};
use super::values::proving_goals;
use crate::text::quantity::nonzero_time;

#[derive(Debug, Args)]
// Many workspaces have a directory instead.
#[command(mut_arg("state", |arg| arg.required(false).required_unless_present("workspaces")))]
pub(crate) struct Sync {
    #[command(flatten)]
    pub(crate) tracking: Tracking,
    #[command(flatten)]
    pub(crate) many: ManyStates,
    #[command(flatten)]
    pub(crate) verbosity: Verbosity,
    #[arg(long, value_name = "FILE", help = REPORT, help_heading = "Output")]
    pub(crate) report: Option<PathBuf>,
    #[arg(long, help = EXIT_CODE, help_heading = "Output")]
    pub(crate) exit_code: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Watch {
    #[command(flatten)]
    pub(crate) tracking: Tracking,
    #[command(flatten)]
    pub(crate) verbosity: Verbosity,
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
    #[arg(long, help = REPLACE_INVALID_TEXT, help_heading = "What to read")]
    pub(crate) replace_invalid_text: bool,
    /// File with what is known of the list. It is made if it does not exist, and replaced after the
    /// events were written
    #[arg(long, value_name = "FILE", help_heading = "State", required = true)]
    pub(crate) state: Option<PathBuf>,
    /// Refuse a list from which more segments were removed than this number, or than this
    /// percentage of those that were listed (exit code 3): no events, and the state stays
    #[arg(long, value_name = "N|P%", help_heading = "State")]
    pub(crate) max_removed: Option<MaxRemoved>,
    /// Accept that the state was made with another key, which must belong to the same workspace
    #[arg(long, help_heading = "State")]
    pub(crate) accept_new_key: bool,
    #[command(flatten)]
    pub(crate) events: Events,
    #[command(flatten)]
    pub(crate) pace: Pace,
    #[command(flatten)]
    pub(crate) limits: Limits,
}

impl Tracking {
    /// The plan that the flags ask for.
    pub(crate) fn plan(&self) -> Plan {
        self.pace.of(self.limits.plan(self.goal))
    }
}
