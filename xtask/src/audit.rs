//! `cargo xtask audit`: checks with tools that do not come with Rust.

use std::path::Path;

use crate::step::Steps;

/// The crates whose public types are checked, each with a list of what it may show of others.
const LIBRARIES: [&str; 4] =
    ["segments-core", "segments-hyper", "segments-blocking", "segments-emulator"];

/// What the declared version of Rust must compile: what others use, without its tests.
const OLDEST: &str = "cargo check --locked --target-dir target/oldest -p segments-core \
                      -p segments-hyper -p segments-blocking -p segments-emulator -p segments-cli";

pub(crate) fn run(root: &Path) -> bool {
    let mut steps = Steps::new(root);
    declared_version(&mut steps);
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

/// Whether the declared version of Rust compiles what others use.
fn declared_version(steps: &mut Steps) {
    let version = env!("CARGO_PKG_RUST_VERSION");
    let name = format!("rustup run {version} {OLDEST}");
    if steps.works(&format!("rustup run {version} cargo --version")) {
        steps.run(&name);
    } else {
        steps.skip(&name, &format!("not installed: rustup toolchain install {version}"));
    }
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
