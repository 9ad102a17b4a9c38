//! `cargo xtask ci`: the same on every machine, with nothing but the Rust toolchain.

use std::path::Path;

use crate::step::Steps;
use crate::{arrows, manifests, prose};

/// The test command, as README.md gives it to a stranger.
const TEST: &str = "cargo test --workspace";

/// The checks that compile nothing.
pub(crate) fn documents(root: &Path) -> bool {
    let mut steps = Steps::new(root);
    steps.check("documents", || prose::check(root, TEST));
    steps.check("manifests", || manifests::check(root));
    steps.check("arrows", || arrows::check(root));
    steps.finish()
}

pub(crate) fn run(root: &Path) -> bool {
    let mut steps = Steps::new(root);
    steps.check("documents", || prose::check(root, TEST));
    steps.check("manifests", || manifests::check(root));
    steps.check("arrows", || arrows::check(root));
    if steps.works("cargo fmt --version") {
        steps.run("cargo fmt --all --check");
    } else {
        steps.skip("cargo fmt --all --check", "rustfmt is missing: rustup component add rustfmt");
    }
    let lints = "cargo clippy --workspace --all-targets --locked -- -D warnings";
    if steps.works("cargo clippy --version") {
        steps.run(lints);
    } else {
        steps.skip(lints, "clippy is missing: rustup component add clippy");
    }
    steps.run(TEST);
    // What the workspace as a whole cannot show, because its members ask for a provider.
    steps.run("cargo test -p segments-transport --features tls --locked");
    steps.run_with("cargo doc --workspace --no-deps --locked", &[("RUSTDOCFLAGS", "-D warnings")]);
    steps.finish()
}
