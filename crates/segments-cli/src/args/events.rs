//! How changes come out.

use clap::Args;

use crate::output::EventFormat;

#[derive(Debug, Args)]
#[command(next_help_heading = "Output")]
pub(crate) struct Events {
    /// table or ndjson [default: table on a terminal, else ndjson]
    #[arg(long, value_enum, hide_possible_values = true, ignore_case = true)]
    pub(crate) format: Option<EventFormat>,
}
