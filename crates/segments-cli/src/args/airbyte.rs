//! The arguments of `segments airbyte`, which are those of every source of Airbyte.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::shared::Verbosity;

#[derive(Debug, Subcommand)]
pub(crate) enum Airbyte {
    /// Print the JSON Schema of the configuration
    Spec,
    /// Send one request, and print whether the configuration is right (exit code 0 even if it is not)
    Check(Configured),
    /// Print the catalog
    Discover(Configured),
    /// Read the list, and print it as records
    Read(Read),
}

#[derive(Debug, Args)]
pub(crate) struct Configured {
    /// JSON file in the form of `spec`
    #[arg(long, value_name = "FILE")]
    pub(crate) config: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct Read {
    #[command(flatten)]
    pub(crate) configured: Configured,
    /// The configured catalog, which selects the stream
    #[arg(long, value_name = "FILE")]
    pub(crate) catalog: PathBuf,
    /// The last state of the run before; an interrupted one is resumed
    #[arg(long, value_name = "FILE")]
    pub(crate) state: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) verbosity: Verbosity,
}
