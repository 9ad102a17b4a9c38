//! `cargo xtask fuzz`: every property under libFuzzer, for a while each.

mod keep;

use std::fs;
use std::path::Path;

use crate::step::Steps;

/// For each target, unless something else is asked for.
const SECONDS: u64 = 60;

/// An input may be so long, take so many seconds, and so much memory.
const LIMITS: &str = "-max_len=8192 -timeout=60 -rss_limit_mb=1024";

const FUZZ: &str = "rustup run nightly cargo fuzz";

/// The crates are free of unsafe code, so that a sanitizer would only slow them down.
const RUN: &str = "run --sanitizer none";

/// Runs the targets that are named, or all.
pub(crate) fn run(root: &Path, args: &[&str]) -> bool {
    let targets = match targets(root) {
        Ok(targets) => targets,
        Err(error) => {
            eprintln!("fuzz/fuzz_targets: {error}");
            return false;
        }
    };
    let Some(wish) = Wish::parse(args, targets) else {
        eprintln!("Usage: cargo xtask fuzz [TARGET]... [--seconds N] [--keep]");
        return false;
    };
    let mut steps = Steps::new(root);
    if !steps.works("rustup run nightly cargo --version") {
        steps.skip("fuzz", "needs a nightly compiler: rustup toolchain install nightly");
    } else if !steps.works(&format!("{FUZZ} --version")) {
        steps.skip("fuzz", "needs cargo-fuzz: cargo install --locked cargo-fuzz");
    } else {
        for target in &wish.targets {
            fuzz(&mut steps, root, target, &wish);
        }
    }
    steps.finish()
}

struct Wish {
    targets: Vec<String>,
    seconds: u64,
    /// Puts what was found interesting into the stored corpus.
    keep: bool,
}

impl Wish {
    fn parse(args: &[&str], all: Vec<String>) -> Option<Self> {
        let mut wish = Self { targets: Vec::new(), seconds: SECONDS, keep: false };
        let mut args = args.iter();
        while let Some(arg) = args.next() {
            match *arg {
                "--seconds" => wish.seconds = args.next()?.parse().ok()?,
                "--keep" => wish.keep = true,
                name => wish.targets.push(all.iter().find(|target| *target == name)?.clone()),
            }
        }
        if wish.targets.is_empty() {
            wish.targets = all;
        }
        Some(wish)
    }
}

/// Begins with the stored corpus and collects elsewhere, so that the repository stays small.
fn fuzz(steps: &mut Steps, root: &Path, target: &str, wish: &Wish) {
    let (stored, found) = (format!("tests/corpus/{target}"), format!("fuzz/corpus/{target}"));
    if let Err(error) = fs::create_dir_all(root.join(&found)) {
        steps.check(&found, || Err(vec![error.to_string()]));
        return;
    }
    let dictionary = format!("fuzz/dictionaries/{target}.dict");
    let exists = root.join(&dictionary).exists();
    let dictionary = if exists { format!(" -dict={dictionary}") } else { String::new() };
    let time = format!("-max_total_time={} -print_final_stats=1", wish.seconds);
    let passed = steps
        .run(&format!("{FUZZ} {RUN} {target} {found} {stored} -- {LIMITS} {time}{dictionary}"));
    if !passed {
        println!("Keep the input as tests/corpus/{target}/WHAT-IT-SHOWS: `cargo test` replays it.");
    } else if wish.keep {
        keep(steps, root, target, &stored, &found);
    }
}

/// Copies the best of what was found to the stored corpus.
fn keep(steps: &mut Steps, root: &Path, target: &str, stored: &str, found: &str) {
    let scratch = format!("fuzz/target/merged/{target}");
    let control = format!("{scratch}.control");
    // What was left of another time would be gone on with.
    let _ = fs::remove_file(root.join(&control));
    let _ = fs::remove_dir_all(root.join(&scratch));
    let made = fs::create_dir_all(root.join(&scratch));
    // How often a branch is taken makes another feature, and there would be too many inputs.
    let merge = format!("-set_cover_merge=1 -use_counters=0 -merge_control_file={control}");
    let line = format!("{FUZZ} {RUN} {target} {scratch} {stored} {found} -- {LIMITS} {merge}");
    if made.is_err() || !steps.run(&line) {
        return;
    }
    steps.check(&format!("keep the best inputs of {target}"), || {
        let copy = || {
            let control = fs::read_to_string(root.join(&control))?;
            let best = keep::choose(&control, stored);
            for path in &best {
                let name = path.file_name().unwrap_or_default();
                fs::copy(root.join(path), root.join(stored).join(name))?;
            }
            println!("{} more", best.len());
            Ok(())
        };
        copy().map_err(|error: std::io::Error| vec![error.to_string()])
    });
}

/// The names of all targets.
fn targets(root: &Path) -> std::io::Result<Vec<String>> {
    let mut targets = Vec::new();
    for entry in fs::read_dir(root.join("fuzz/fuzz_targets"))? {
        targets.extend(entry?.path().file_stem().map(|name| name.to_string_lossy().into_owned()));
    }
    targets.sort();
    Ok(targets)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_targets_are_run_unless_some_are_named() {
        let parse = |args: &[&str]| {
            let wish = Wish::parse(args, vec!["key".to_owned(), "page".to_owned()])?;
            Some((wish.targets.join(" "), wish.seconds, wish.keep))
        };
        assert_eq!(parse(&[]), Some(("key page".to_owned(), SECONDS, false)));
        assert_eq!(
            parse(&["page", "--keep", "--seconds", "5"]),
            Some(("page".to_owned(), 5, true))
        );
        for wrong in [&["pages"][..], &["--seconds"], &["--seconds", "x"]] {
            assert_eq!(parse(wrong), None, "{wrong:?}");
        }
    }
}
