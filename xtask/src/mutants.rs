//! `cargo xtask mutants`: faults put into the core one after another, and whether a test notices.

use xshell::{Shell, cmd};

use crate::step::Steps;

/// What every claim and every retry rests on.
const FILES: [&str; 5] = [
    "export/proof/claims.rs",
    "export/proof/neighbour_graph/**",
    "export/machine.rs",
    "export/schedule.rs",
    "export/attempts/retry.rs",
];

/// What survives one step meets the tests of the next, which take longer to build and to run: those
/// beside the code, those of the core, whole exports.
const TESTS: [&str; 3] = [
    "--cargo-arg=--lib",
    "--iterate --cargo-arg=--tests",
    "--iterate --cargo-arg=--package=segments-tests --cargo-arg=--test=costs \
     --cargo-arg=--test=explorer --cargo-arg=--test=invariants --cargo-arg=--test=it \
     --cargo-arg=--test=metamorphic --cargo-arg=--test=regressions --cargo-arg=--test=termination",
];

/// Tries the mutants of these files of the core, or patterns of files, one at a time. The last step of a file fails
/// if a mutant survives; `docs/testing.md` says which do, and why.
pub(crate) fn run(sh: &Shell, steps: &mut Steps, files: &[String]) {
    if !steps.installed(sh, "cargo-mutants") {
        return;
    }

    let files = if files.is_empty() { FILES.map(str::to_owned).to_vec() } else { files.to_vec() };
    for file in files {
        let source = format!("crates/segments-core/src/{file}");
        let output = format!("target/mutants/{}", file.replace(['/', '*'], "-"));
        // cargo-mutants creates only the last directory of its output.
        if !steps.check(&output, || Ok(sh.create_dir(&output).map(drop)?)) {
            continue;
        }
        for tests in TESTS {
            let tests = tests.split(' ');
            steps.run(cmd!(
                sh,
                "cargo mutants --file {source} --output {output} --profile mutants
                 --minimum-test-timeout 120 {tests...}"
            ));
        }
    }
}
