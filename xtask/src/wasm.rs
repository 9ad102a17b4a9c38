//! The core without a system under it: for WebAssembly, driven by Node's `fetch`.

use std::path::Path;

use xshell::{Shell, cmd};

use crate::step::{Steps, works};

const TARGET: &str = "wasm32-unknown-unknown";

/// Must be the version of the crate.
const BINDGEN: &str = "wasm-bindgen 0.2.130";

pub(crate) fn run(sh: &Shell, steps: &mut Steps) {
    let library = cmd!(sh, "rustc --print target-libdir --target {TARGET}").quiet().read();
    if !library.is_ok_and(|folder| Path::new(&folder).exists()) {
        steps.skip(
            "the core for WebAssembly",
            &format!("not installed: rustup target add {TARGET}"),
        );
        return;
    }
    let check = ["--locked", "--package", "segments-core", "--target", TARGET];
    steps.run(cmd!(sh, "cargo check {check...}"));

    drive(sh, steps);
}

/// The example, through every situation of `segments conformance`.
fn drive(sh: &Shell, steps: &mut Steps) {
    const NAME: &str = "examples/wasm";
    let bindgen = cmd!(sh, "wasm-bindgen --version").quiet().read();
    if bindgen.is_ok_and(|version| version != BINDGEN) || !works(cmd!(sh, "wasm-bindgen --version"))
    {
        let version = BINDGEN.replace("wasm-bindgen ", "");
        let install = format!("not installed: cargo install wasm-bindgen-cli --version {version}");
        return steps.skip(NAME, &install);
    }
    if !works(cmd!(sh, "node --version")) {
        return steps.skip(NAME, "not installed: Node 20 or later");
    }

    let target = "examples/wasm/target";
    let module = format!("{target}/{TARGET}/release/segments_wasm.wasm");
    let build = ["--manifest-path", "examples/wasm/Cargo.toml", "--target-dir", target];
    let conformance = ["--package", "segments-cli", "--", "conformance", "--"];
    let _ = steps.run(cmd!(sh, "cargo build --locked --release --target {TARGET} {build...}"))
        && steps.run(cmd!(sh, "wasm-bindgen --target nodejs --out-dir {target}/pkg {module}"))
        && steps.run(cmd!(sh, "cargo run --locked {conformance...} node examples/wasm/drive.mjs"));
}
