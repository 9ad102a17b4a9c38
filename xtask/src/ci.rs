//! `cargo xtask ci`: the same on every machine, with the Rust toolchain, a C compiler and Python 3.

use xshell::{Shell, cmd};

use crate::step::Steps;
use crate::{arrows, connectors, manifests, prose};

/// The checks that compile nothing.
pub(crate) fn documents(sh: &Shell, steps: &mut Steps) {
    let root = sh.current_dir();
    steps.check("documents", || prose::check(&root));
    steps.check("manifests", || manifests::check(sh));
    steps.check("arrows", || arrows::check(&root));
}

pub(crate) fn run(sh: &Shell, steps: &mut Steps) {
    documents(sh, steps);

    steps.run_if(
        cmd!(sh, "cargo fmt --version"),
        "rustfmt is missing: rustup component add rustfmt",
        cmd!(sh, "cargo fmt --all --check"),
    );

    steps.run_if(
        cmd!(sh, "cargo clippy --version"),
        "clippy is missing: rustup component add clippy",
        cmd!(sh, "cargo clippy --workspace --all-targets --locked -- -D warnings"),
    );

    // As README.md gives it to a stranger, but with the same random cases each time: CI fails for what
    // was changed, not for what was drawn.
    steps.run(cmd!(sh, "cargo test --workspace").env("PROPTEST_RNG_SEED", "0"));
    connectors::check_tap(sh, steps);

    // What the workspace as a whole cannot show, because its members ask for a provider.
    steps.run(cmd!(sh, "cargo test -p segments-transport --features tls --locked"));
    let doc = cmd!(sh, "cargo doc --workspace --no-deps --locked");
    steps.run(doc.env("RUSTDOCFLAGS", "-D warnings"));
}
