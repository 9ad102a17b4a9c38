//! `cargo xtask package`: what a release uploads, built, installed and run. It publishes nothing.
//!
//! One program, linked for old versions of glibc, goes into the wheel, the archive and the Debian
//! package.

mod archive;
mod debian;
mod notices;
mod release;
mod wheel;

use std::fs;

use anyhow::{Context, Result, ensure};
use xshell::{Shell, cmd};

use crate::manifests::packages;
use crate::step::Steps;
use release::Release;

pub(crate) fn run(sh: &Shell, steps: &mut Steps) {
    crates(sh, steps);

    let release = match Release::of(sh) {
        Ok(release) => release,
        Err(error) => return steps.skip("the program", &format!("{error:#}")),
    };
    let built = steps.check("licences of what is linked", || notices::write(sh, &release))
        && wheel::build(sh, steps, &release)
        && steps.check("man page, completions, licences", || archive::stage(sh, &release));
    if !built {
        return;
    }

    wheel::install(sh, steps, &release);
    archive::build(sh, steps, &release);
    debian::build(sh, steps, &release);
    steps.check("sizes", || sizes(&release));

    if release.repository.contains(".invalid/") {
        let why = "`repository` in Cargo.toml is a placeholder; write the public address first";
        steps.skip("publishing", why);
    }
}

/// Every crate, as cargo would publish it: in the order of dependencies, each compiled from its
/// package.
fn crates(sh: &Shell, steps: &mut Steps) {
    // A folder for each commit: cargo keeps what it has unpacked of a version in a place named after
    // this one, and would compile a crate with its neighbours of an earlier commit.
    let commit = cmd!(sh, "git rev-parse --short HEAD").quiet().read().unwrap_or_default();
    let target = format!("{}/crates-{commit}", release::FOLDER);

    let publish = ["--dry-run", "--workspace", "--locked", "--target-dir", &target];
    if steps.run(cmd!(sh, "cargo publish {publish...}")) {
        steps.check("README and licences are in each crate", || licensed(sh));
    }
}

fn licensed(sh: &Shell) -> Result<()> {
    for package in packages(sh)? {
        if package["publish"].is_array() {
            continue;
        }

        let name = package["name"].as_str().context("a package without a name")?;
        let list = cmd!(sh, "cargo package --list --package {name}").quiet().read()?;
        for file in ["README.md", "LICENSE-APACHE", "LICENSE-MIT"] {
            ensure!(list.lines().any(|line| line == file), "{name}: {file} is not in the package");
        }
    }
    Ok(())
}

fn sizes(release: &Release) -> Result<()> {
    let mut files = fs::read_dir(&release.folder)?.collect::<Result<Vec<_>, _>>()?;
    files.sort_by_key(fs::DirEntry::file_name);

    for file in files {
        let metadata = file.metadata()?;
        if metadata.is_file() {
            println!("{:9} bytes  {}", metadata.len(), file.path().display());
        }
    }
    Ok(())
}
