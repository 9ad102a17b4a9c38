//! The program as a Debian package.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result, ensure};
use xshell::{Shell, cmd};

use super::release::{CRATE, Release};
use crate::step::{Steps, works};

/// What it installs, beside the program.
const FILES: [&str; 6] = [
    "usr/share/bash-completion/completions/segments",
    "usr/share/doc/segments/THIRD-PARTY-LICENSES",
    "usr/share/doc/segments/copyright",
    "usr/share/fish/vendor_completions.d/segments.fish",
    "usr/share/man/man1/segments.1.gz",
    "usr/share/zsh/vendor-completions/_segments",
];

pub(super) fn build(sh: &Shell, steps: &mut Steps, release: &Release) {
    if !works(cmd!(sh, "dpkg --version")) {
        return steps.skip("the Debian package", "dpkg is missing");
    }
    if !steps.installed(sh, "cargo-deb") {
        return;
    }

    let (target, out) = (&release.target, &release.folder);
    let build = ["--no-build", "--no-strip", "--package", CRATE, "--target", target];
    if steps.run(cmd!(sh, "cargo deb {build...} --output {out}")) {
        steps
            .check("the Debian package is installed, runs and is removed", || install(sh, release));
    }
}

/// By dpkg, into a root directory of our own: that needs no rights, and leaves this machine as it is.
fn install(sh: &Shell, release: &Release) -> Result<()> {
    let root = release.tried.join("debian");
    sh.create_dir(root.join("var/lib/dpkg/info"))?;
    sh.create_dir(root.join("var/lib/dpkg/updates"))?;
    fs::write(root.join("var/lib/dpkg/status"), "")?;

    let package = package(sh, release)?;
    let depends = cmd!(sh, "dpkg-deb --field {package} Package Version Depends").quiet().read()?;
    println!("{depends}");

    // In this root nothing else is installed, and nothing of root's.
    let dpkg = ["--force-not-root", "--force-depends", "--force-bad-path", "--log=/dev/null"];
    let dpkg = || cmd!(sh, "dpkg --root={root} {dpkg...}");
    dpkg().arg("--install").arg(&package).quiet().run()?;
    for file in FILES {
        ensure!(root.join(file).is_file(), "{file} is not in the package");
    }

    let program = root.join("usr/bin/segments");
    release.try_out(sh, &program)?;
    dpkg().args(["--purge", "segments"]).quiet().run()?;
    ensure!(!program.exists(), "the program is still there");
    Ok(())
}

fn package(sh: &Shell, release: &Release) -> Result<PathBuf> {
    let files = sh.read_dir(&release.folder)?;
    let is_package = |file: &PathBuf| file.extension().is_some_and(|extension| extension == "deb");
    files.into_iter().find(is_package).context("no package")
}
