//! The arguments of `segments config`.

use clap::{Args, Subcommand};

use super::shared::Connection;

#[derive(Debug, Subcommand)]
pub(crate) enum Config {
    /// Print the endpoint that applies, and where the key is kept, but never the key
    Show(Box<Show>),
    /// Print the path of the configuration file
    Path,
}

#[derive(Debug, Args)]
pub(crate) struct Show {
    /// Say where each value comes from
    #[arg(long)]
    pub(crate) origin: bool,
    #[command(flatten)]
    pub(crate) connection: Connection,
}
