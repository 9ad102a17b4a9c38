//! How fast a list is read, and for how long.

use std::time::Duration;

use clap::Args;
use segments_core::Plan;

use crate::text::quantity::nonzero_time;

#[derive(Debug, Args)]
#[command(next_help_heading = "Limits")]
pub(crate) struct Pace {
    /// Time limit for reading the whole list
    #[arg(long, value_name = "TIME", value_parser = nonzero_time)]
    pub(crate) deadline: Option<Duration>,
    /// Maximum requests in flight, up to 256
    #[arg(long, value_name = "N", default_value_t = 4)]
    #[arg(value_parser = clap::value_parser!(u16).range(1..=i64::from(Plan::MAX_WINDOW)))]
    window: u16,
}

impl Pace {
    /// The plan at this pace.
    pub(super) fn of(&self, mut plan: Plan) -> Plan {
        plan.deadline = self.deadline;
        plan.window = self.window;
        plan
    }
}
