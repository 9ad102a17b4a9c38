//! Tasks of this repository: `cargo xtask <task>`.
#![forbid(unsafe_code)]

mod arrows;
mod audit;
mod bench;
mod browser;
mod ci;
mod clients;
mod connectors;
mod fuzz;
mod manifests;
mod mutants;
mod orchestrators;
mod package;
mod peers;
mod programs;
mod prose;
mod python;
mod readers;
mod scripts;
mod server;
mod step;
mod wasm;
mod workers;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser;
use xshell::{Shell, cmd};

use step::Steps;

#[derive(Debug, Parser)]
#[command(bin_name = "cargo xtask", about = "Tasks of this repository")]
enum Task {
    /// What CI runs: documents, format, lints, tests, crate documentation
    Ci,
    /// What of it compiles nothing: links, sizes, manifests, direction of imports
    Documents,
    /// What needs more tools: dependencies, combinations of features, foreign types in our API
    Audit,
    /// Every property under libFuzzer; needs a nightly compiler and cargo-fuzz
    Fuzz(fuzz::Options),
    /// Millions of random exports, each claim judged
    Soak {
        /// `--help` lists them
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        options: Vec<String>,
    },
    /// Whether a test notices each fault that cargo-mutants puts into the core; takes hours
    Mutants {
        /// Below crates/segments-core/src, such as `export/attempts/retry.rs` or `export/proof/**`
        files: Vec<String>,
    },
    /// What other clients make of faults; needs npm, Python 3 and the network
    Clients,
    /// singer-check-tap, Meltano and PyAirbyte on what `segments tap` and `segments airbyte` print; needs
    /// Python 3 and the network
    Connectors,
    /// The page of `segments serve`, used as a person would; needs Chromium
    Browser {
        /// Saves the picture of the documents
        #[arg(long)]
        save: bool,
    },
    /// Exported files in DuckDB, polars, pandas, jq and sqlite-utils; needs Python 3, jq and the network
    Readers,
    /// The recipes for Dagster and Airflow over 20 workspaces; needs Linux, Python 3.11 and the wheel of
    /// `cargo xtask package`
    Orchestrators,
    /// What a release uploads (crates, wheel, archive, Debian package), built, installed and run; needs
    /// Python 3 and the network
    Package,
    /// Twenty workspaces, read by workers of which one is killed, with NATS and with Restate; needs npm,
    /// Python 3, curl and the network
    Workers,
    /// What a list costs with ours, other Rust clients and programs of other people; needs GNU time, npm,
    /// Python 3 and the network
    Peers,
    /// Instructions and allocations against those saved; needs valgrind
    Bench {
        /// Saves them
        #[arg(long)]
        save: bool,
    },
}

fn main() -> anyhow::Result<ExitCode> {
    let task = Task::parse();
    let sh = Shell::new()?;
    sh.change_dir(root());

    let mut steps = Steps::default();
    match task {
        Task::Ci => ci::run(&sh, &mut steps),
        Task::Documents => ci::documents(&sh, &mut steps),
        Task::Audit => audit::run(&sh, &mut steps),
        Task::Fuzz(options) => fuzz::run(&sh, &mut steps, &options),
        Task::Soak { options } => {
            let soak = ["--package", "segments-tests", "--bin", "soak"];
            steps.run(cmd!(sh, "cargo run --release --locked {soak...} -- {options...}"));
        }
        Task::Mutants { files } => mutants::run(&sh, &mut steps, &files),
        Task::Clients => clients::run(&sh, &mut steps),
        Task::Connectors => connectors::run(&sh, &mut steps),
        Task::Browser { save } => browser::run(&sh, &mut steps, save),
        Task::Readers => readers::run(&sh, &mut steps),
        Task::Orchestrators => orchestrators::run(&sh, &mut steps),
        Task::Package => package::run(&sh, &mut steps),
        Task::Workers => workers::run(&sh, &mut steps),
        Task::Peers => peers::run(&sh, &mut steps),
        Task::Bench { save } => bench::run(&sh, &mut steps, save),
    }
    Ok(if steps.finish() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The directory of the workspace, also when the task was started elsewhere.
fn root() -> PathBuf {
    // Asked at run time: what is compiled in may be that of another checkout with the same target.
    let xtask = std::env::var_os("CARGO_MANIFEST_DIR")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
    xtask.parent().map_or_else(|| xtask.clone(), Path::to_owned)
}
