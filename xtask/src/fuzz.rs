//! `cargo xtask fuzz`: every property under libFuzzer, for a while each.

use clap::Args;
use xshell::{Shell, cmd};

use crate::step::{Steps, works};

/// An input may be so long, take so many seconds, and so much memory.
const LIMITS: [&str; 3] = ["-max_len=8192", "-timeout=60", "-rss_limit_mb=1024"];

/// The crates are free of unsafe code, so that a sanitizer would only slow them down.
const FUZZ: [&str; 7] = ["run", "nightly", "cargo", "fuzz", "run", "--sanitizer", "none"];

#[derive(Debug, Args)]
pub(crate) struct Options {
    /// All, unless some are named
    targets: Vec<String>,
    /// For each target
    #[arg(long, default_value_t = 60)]
    seconds: u64,
    /// Adds inputs that reach new code to the stored corpus
    #[arg(long)]
    keep: bool,
}

pub(crate) fn run(sh: &Shell, steps: &mut Steps, options: &Options) {
    if !works(cmd!(sh, "rustup run nightly cargo --version")) {
        return steps.skip("fuzz", "needs a nightly compiler: rustup toolchain install nightly");
    }
    if !works(cmd!(sh, "rustup run nightly cargo fuzz --version")) {
        return steps.skip("fuzz", "needs cargo-fuzz: cargo install --locked cargo-fuzz");
    }

    let all = cmd!(sh, "rustup run nightly cargo fuzz list").read().unwrap_or_default();
    let named = options.targets.iter().map(String::as_str);
    for target in all.lines().filter(|_| options.targets.is_empty()).chain(named) {
        fuzz(sh, steps, target, options);
    }
}

/// Starts with the stored corpus and collects elsewhere, so that the repository stays small.
fn fuzz(sh: &Shell, steps: &mut Steps, target: &str, options: &Options) {
    let (stored, found) = (format!("tests/corpus/{target}"), format!("fuzz/corpus/{target}"));
    if !steps.check(&found, || Ok(sh.create_dir(&found).map(drop)?)) {
        return;
    }

    let dictionary = format!("fuzz/dictionaries/{target}.dict");
    let dictionary = sh.path_exists(&dictionary).then(|| format!("-dict={dictionary}"));
    let time = format!("-max_total_time={}", options.seconds);
    let passed = steps.run(cmd!(
        sh,
        "rustup {FUZZ...} {target} {found} {stored} --
         {LIMITS...} {time} -print_final_stats=1 {dictionary...}"
    ));

    if !passed {
        println!("Keep the input as tests/corpus/{target}/WHAT-IT-SHOWS: `cargo test` replays it.");
    } else if options.keep {
        // How often a branch is taken makes another feature, and there would be too many inputs.
        steps.run(cmd!(
            sh,
            "rustup {FUZZ...} {target} {stored} {found} --
             {LIMITS...} -set_cover_merge=1 -use_counters=0"
        ));
    }
}
