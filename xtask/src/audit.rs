//! `cargo xtask audit`: checks with tools that do not come with Rust.

use std::path::Path;

use crate::step::Steps;

/// The crates whose public types are checked, each with a list of what it may show of others.
const LIBRARIES: [&str; 4] =
    ["segments-core", "segments-hyper", "segments-blocking", "segments-emulator"];

pub(crate) fn run(root: &Path) -> bool {
    let mut steps = Steps::new(root);
    if steps.installed("cargo-deny", "cargo deny --version") {
        // Advisories are a check of their own: they need the network, and change without a commit.
        steps.run("cargo deny --locked check bans licenses sources");
    }
    if steps.installed("cargo-hack", "cargo hack --version") {
        // Not with --no-dev-deps: that rewrites manifests while it runs.
        steps.run("cargo hack check --workspace --feature-powerset --locked");
    }
    foreign_types(&mut steps);
    steps.skip("cargo deny check advisories", "needs the network; run it before a release");
    steps.finish()
}

/// Which types of other crates stand in our public API.
fn foreign_types(steps: &mut Steps) {
    let name = "cargo check-external-types";
    if !steps.works("cargo check-external-types --help") {
        return steps
            .skip(name, "not installed: cargo install --locked cargo-check-external-types");
    }
    if !steps.works("rustup run nightly cargo --version") {
        return steps.skip(name, "it reads what only a nightly rustdoc writes");
    }
    for library in LIBRARIES {
        steps.run(&format!(
            "rustup run nightly cargo check-external-types --all-features \
             --manifest-path crates/{library}/Cargo.toml \
             --config xtask/external-types/{library}.toml"
        ));
    }
}
