//! How long one attempt may take.

use std::time::Duration;

use clap::Args;

use crate::error::CommandError;
use crate::text::quantity::nonzero_time;

/// The usual limit for a connection.
pub(crate) const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// Time limits of an attempt.
#[derive(Debug, Args)]
#[command(next_help_heading = "Limits")]
pub(crate) struct Timeouts {
    /// Time limit for one attempt, such as 500ms, 10s, 2m, 1h30m
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = nonzero_time)]
    pub(crate) timeout: Duration,
    /// Time limit for its TCP connection, within --timeout [default: 10s]
    #[arg(long, value_name = "TIME", value_parser = nonzero_time)]
    connect_timeout: Option<Duration>,
}

impl Timeouts {
    /// The limit for a connection, which must be able to have an effect.
    pub(crate) fn connect(&self) -> Result<Duration, CommandError> {
        match self.connect_timeout {
            Some(connect) if connect > self.timeout => Err(CommandError::usage(
                "--connect-timeout is longer than --timeout, which ends the attempt before",
                "Shorten it, or allow more time with --timeout",
            )),
            connect => Ok(connect.unwrap_or(CONNECT_TIMEOUT)),
        }
    }
}
