//! The program as a Python package.

use std::path::PathBuf;

use anyhow::{Context, Result};
use xshell::{Shell, cmd};

use super::release::{CRATE, Release};
use crate::python::Environment;
use crate::step::Steps;

const TOOLS: [&str; 2] = ["maturin==1.16.0", "ziglang==0.17.1"];

/// Tools are installed once.
const FOLDER: &str = "target/package-tools";

/// The oldest glibc that it runs with, which is of 2012.
const COMPATIBILITY: &str = "manylinux_2_17";

/// Builds the program, and the wheel around it.
pub(super) fn build(sh: &Shell, steps: &mut Steps, release: &Release) -> bool {
    let folder = sh.current_dir().join(FOLDER);
    let Some(tools) = Environment::prepare(sh, steps, "python3", &folder) else { return false };
    if !tools.install(sh, steps, &TOOLS) {
        return false;
    }

    // Where maturin looks for zig.
    let path = std::env::var_os("PATH").unwrap_or_default();
    let path = std::iter::once(tools.bin.clone()).chain(std::env::split_paths(&path));
    let Ok(path) = std::env::join_paths(path) else { return false };

    let (maturin, out) = (tools.program("maturin"), &release.folder);
    let manifest = format!("crates/{CRATE}/Cargo.toml");
    let build = cmd!(
        sh,
        "{maturin} build --release --locked --zig --compatibility {COMPATIBILITY}
            --manifest-path {manifest} --out {out}"
    );
    steps.run(build.env("PATH", path))
}

/// Installs it as its users do, and runs it.
pub(super) fn install(sh: &Shell, steps: &mut Steps, release: &Release) {
    let Some(fresh) = Environment::prepare(sh, steps, "python3", &release.tried.join("python"))
    else {
        return;
    };

    steps.check("the wheel is installed and runs", || {
        let (wheel, python) = (wheel(sh, release)?, fresh.program("python"));
        let pip = ["-m", "pip", "--disable-pip-version-check"];
        cmd!(sh, "{python} {pip...} install --quiet --no-index {wheel}").quiet().run()?;
        cmd!(sh, "{python} {pip...} show --files braze-segments").quiet().run()?;
        release.try_out(sh, &fresh.program("segments"))
    });
}

fn wheel(sh: &Shell, release: &Release) -> Result<PathBuf> {
    let files = sh.read_dir(&release.folder)?;
    let is_wheel = |file: &PathBuf| file.extension().is_some_and(|extension| extension == "whl");
    files.into_iter().find(is_wheel).context("no wheel")
}
