//! `cargo xtask mutants`: faults put into the core one after another, and whether a test notices.

use std::fs;
use std::path::Path;

use crate::step::Steps;

/// What every claim and every repetition rests on.
const FILES: [&str; 3] = ["links", "export", "retry"];

const EACH: &str = "--profile mutants --minimum-test-timeout 120";

/// What survives one step meets the tests of the next, which take longer to build and to run: those
/// beside the code, those of the core, whole exports.
const TESTS: [&str; 3] = [
    "--cargo-arg=--lib",
    "--iterate --cargo-arg=--tests",
    "--iterate --cargo-arg=--package=segments-tests --cargo-arg=--test=costs \
     --cargo-arg=--test=explorer --cargo-arg=--test=invariants --cargo-arg=--test=it \
     --cargo-arg=--test=metamorphic --cargo-arg=--test=regressions --cargo-arg=--test=termination",
];

/// Tries the mutants of these files of the core, a file at a time. The last step of a file fails
/// if a mutant survives; `docs/mutants.md` says which do, and why.
pub(crate) fn run(root: &Path, files: &[&str]) -> bool {
    let mut steps = Steps::new(root);
    if !steps.installed("cargo-mutants", "cargo mutants --version") {
        return steps.finish();
    }
    // cargo-mutants makes the last directory of its output alone.
    steps.check("target/mutants", || {
        fs::create_dir_all(root.join("target/mutants")).map_err(|error| vec![error.to_string()])
    });
    for file in if files.is_empty() { &FILES } else { files } {
        let file =
            format!("--file crates/segments-core/src/{file}.rs --output target/mutants/{file}");
        for tests in TESTS {
            steps.run(&format!("cargo mutants {file} {EACH} {tests}"));
        }
    }
    steps.finish()
}
