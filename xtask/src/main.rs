//! Tasks of this repository: `cargo xtask <task>`.
#![forbid(unsafe_code)]

mod arrows;
mod audit;
mod bench;
mod ci;
mod clients;
mod figures;
mod fuzz;
mod manifests;
mod measure;
mod mutants;
mod peers;
mod plot;
mod programs;
mod prose;
mod scale;
mod soak;
mod step;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

const USAGE: &str = "\
Usage: cargo xtask <TASK>

Tasks:
  ci         what CI runs: documents, format, lints, tests, crate documentation
  documents  what of it compiles nothing: links, sizes, manifests
  audit      what needs more tools: dependencies, combinations of features, foreign types in our API
  fuzz       every property under libFuzzer, a minute each; needs a nightly compiler and cargo-fuzz
  soak       millions of random exports, judged; --deep for every history of small lists
  mutants    whether a test notices each fault that cargo-mutants puts into a file of the core:
             links, export and retry, or those named; an hour or more
  clients    what other clients make of the emulator; needs npm, Python 3 and the network
  bench      instructions and allocations against those saved in benches/, --save saves them;
             needs valgrind
  peers      time and memory of other clients for the same lists; needs npm, Python 3, the network
  scale      time and memory as lists grow";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let done = match args.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["ci"] => ci::run(&root()),
        ["documents"] => ci::documents(&root()),
        ["audit"] => audit::run(&root()),
        ["clients"] => clients::run(&root()),
        ["fuzz", ref args @ ..] => fuzz::run(&root(), args),
        ["mutants", ref files @ ..] => mutants::run(&root(), files),
        ["peers"] => peers::run(&root()),
        ["scale"] => scale::run(&root()),
        ["bench"] => bench::run(&root(), false),
        ["bench", "--save"] => bench::run(&root(), true),
        ["soak", ref args @ ..] => soak::run(&root(), args),
        ["help" | "-h" | "--help"] => {
            println!("{USAGE}");
            true
        }
        _ => {
            eprintln!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    if done { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// The directory of the workspace, also when the task was started elsewhere.
fn root() -> PathBuf {
    // Asked at run time: what is compiled in may be that of another checkout with the same target.
    let xtask = std::env::var_os("CARGO_MANIFEST_DIR")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
    xtask.parent().map_or_else(|| xtask.clone(), Path::to_owned)
}
