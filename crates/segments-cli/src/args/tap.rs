//! The arguments of `segments tap`, which are those of every Singer tap.

use std::path::PathBuf;

use clap::Args;

use super::shared::Verbosity;

#[derive(Debug, Args)]
pub(crate) struct Tap {
    /// JSON file with instance or base_url, and api_key, api_key_env or api_key_file
    #[allow(clippy::doc_markdown)]
    #[arg(long, short, value_name = "FILE", required_unless_present = "discover")]
    pub(crate) config: Option<PathBuf>,
    /// Catalog in which the stream and its fields are selected [default: all of them]
    #[arg(long, value_name = "FILE", visible_alias = "properties", short_alias = 'p')]
    pub(crate) catalog: Option<PathBuf>,
    /// The last STATE of the run before; an interrupted one is resumed
    #[arg(long, short, value_name = "FILE")]
    pub(crate) state: Option<PathBuf>,
    /// Print the catalog, and read nothing; --catalog and --state have no effect then
    #[arg(long, short)]
    pub(crate) discover: bool,
    #[command(flatten)]
    pub(crate) verbosity: Verbosity,
}
