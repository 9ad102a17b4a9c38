//! The arguments of `segments config`.

use clap::{Args, Subcommand};

use super::shared::Connection;

#[derive(Debug, Subcommand)]
pub(crate) enum Config {
    /// Print what counts: the endpoint, and where the key is kept. Never the key
    Show(Box<Show>),
    /// Print where the configuration file is looked for
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
