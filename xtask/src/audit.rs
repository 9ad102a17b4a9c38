//! `cargo xtask audit`: checks with tools that do not come with Rust.

use xshell::{Shell, cmd};

use crate::step::Steps;
use crate::wasm;

/// The crates whose public types are checked, each with a list of what it may show of others.
const LIBRARIES: [&str; 5] = [
    "segments-core",
    "segments-hyper",
    "segments-blocking",
    "segments-emulator",
    "segments-conformance",
];

pub(crate) fn run(sh: &Shell, steps: &mut Steps) {
    let version = env!("CARGO_PKG_RUST_VERSION");
    let target = ["--target-dir", "target/oldest"];
    steps.run_if(
        cmd!(sh, "rustup run {version} cargo --version"),
        &format!("not installed: rustup toolchain install {version}"),
        cmd!(sh, "rustup run {version} cargo check --locked --workspace --all-targets {target...}"),
    );

    // The situations that are too slow for CI.
    let slow = ["--package", "segments-examples", "--test", "conformance"];
    steps.run(cmd!(sh, "cargo test --locked {slow...} -- --ignored"));

    wasm::run(sh, steps);

    if steps.installed(sh, "cargo-deny") {
        steps.run(cmd!(sh, "cargo deny --locked check bans licenses sources"));
    }
    if steps.installed(sh, "cargo-hack") {
        // Not with --no-dev-deps: that rewrites manifests while it runs.
        steps.run(cmd!(sh, "cargo hack check --workspace --feature-powerset --locked"));
    }
    // Which types of other crates our public API has. It reads what only a nightly rustdoc writes.
    for library in LIBRARIES {
        let manifest = format!("crates/{library}/Cargo.toml");
        let config = format!("xtask/external-types/{library}.toml");
        let nightly = ["run", "nightly", "cargo", "check-external-types"];
        steps.run_if(
            cmd!(sh, "rustup {nightly...} --help"),
            "not installed: cargo install --locked cargo-check-external-types, with a nightly Rust",
            cmd!(
                sh,
                "rustup {nightly...} --all-features --manifest-path {manifest} --config {config}"
            ),
        );
    }
    steps.skip("cargo deny check advisories", "needs the network; run it before a release");
}
