//! The arguments of `segments serve`.

use std::path::PathBuf;

use clap::Args;
use segments_emulator::Workspace;

use super::listen::Listen;
use super::values::{KeyInArgument, key_in_argument};

/// The most sample segments: they take some 400 MB.
const MAX_SAMPLE: usize = 1_000_000;

#[derive(Debug, Args)]
pub(crate) struct Serve {
    /// Address or name, and port; port 0 takes a free one
    #[arg(long, value_name = "HOST:PORT", default_value = "127.0.0.1:8080")]
    pub(crate) listen: Listen,
    /// Allow a --listen address that other machines can reach
    #[arg(long)]
    pub(crate) allow_remote: bool,
    /// Number of sample segments, at most 1000000
    #[arg(long, value_name = "N", default_value_t = 250, conflicts_with = "load")]
    #[arg(value_parser = sample_count, allow_negative_numbers = true)]
    pub(crate) segments: usize,
    /// Load segments from a file: a JSON array, NDJSON, or a saved page
    #[arg(long, value_name = "FILE")]
    pub(crate) load: Option<PathBuf>,
    /// Load faults from a file: a JSON array of rules
    #[arg(long, value_name = "FILE")]
    pub(crate) faults: Option<PathBuf>,
    /// Requests allowed in each hour of the clock, as Braze limits them; raise it for load tests
    #[arg(long, value_name = "N", default_value_t = Workspace::RATE_LIMIT)]
    #[arg(allow_negative_numbers = true)]
    pub(crate) rate_limit: u64,
    /// File with the key to accept, or - for standard input; by default a new key is made
    #[arg(long, value_name = "PATH")]
    pub(crate) api_key_file: Option<PathBuf>,
    /// Exists only to be refused.
    #[arg(long, aliases = ["apikey", "key", "token"], hide = true, num_args = 0..=1)]
    #[arg(allow_hyphen_values = true, default_missing_value = "", value_parser = key_in_argument())]
    pub(crate) api_key: Option<KeyInArgument>,
}

fn sample_count(text: &str) -> Result<usize, String> {
    let count = text.parse().ok().filter(|count| *count <= MAX_SAMPLE);
    count.ok_or_else(|| format!("write a number from 0 to {MAX_SAMPLE}, or use --load FILE"))
}
