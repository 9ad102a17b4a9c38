//! Which version is packaged, for which machines, and where.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use serde_json::Value;
use xshell::{Shell, cmd};

use crate::manifests::packages;
use crate::server::target_directory;

pub(super) const CRATE: &str = "segments-cli";

/// Below the target directory of the workspace, where also the manifest of the Debian package looks.
pub(super) const FOLDER: &str = "target/dist";

#[derive(Debug)]
pub(super) struct Release {
    pub(super) version: String,
    pub(super) repository: String,
    /// The triple of this machine.
    pub(super) target: String,
    /// The program, as it is packed.
    pub(super) program: PathBuf,
    /// What is uploaded.
    pub(super) folder: PathBuf,
    /// Man page, completions and licences.
    pub(super) staged: PathBuf,
    /// Where packages are installed.
    pub(super) tried: PathBuf,
    metadata: Value,
}

impl Release {
    /// Of the program in this workspace; makes an empty folder for it.
    pub(super) fn of(sh: &Shell) -> Result<Self> {
        let version = cmd!(sh, "rustc --version --verbose").quiet().read()?;
        let target = version.lines().find_map(|line| line.strip_prefix("host: "));
        let target = target.context("rustc names no host")?.to_owned();
        ensure!(target.ends_with("-linux-gnu"), "is packaged on Linux with glibc, not on {target}");

        let packages = packages(sh)?;
        let package = packages.into_iter().find(|package| package["name"] == CRATE);
        let package = package.context("no such package")?;
        let text =
            |key: &str| package[key].as_str().map(str::to_owned).context("not in the manifest");

        let folder = sh.current_dir().join(FOLDER);
        sh.remove_path(&folder)?;
        let [staged, tried] = ["staged", "tried"].map(|name| folder.join(name));
        for folder in [&staged, &tried] {
            fs::create_dir_all(folder)?;
        }

        Ok(Self {
            version: text("version")?,
            repository: text("repository")?,
            program: target_directory(sh).join(&target).join("release/segments"),
            target,
            folder,
            staged,
            tried,
            metadata: package["metadata"].clone(),
        })
    }

    /// A template of cargo-binstall in the manifest, filled in.
    pub(super) fn binstall(&self, key: &str) -> Result<String> {
        let template = self.metadata["binstall"][key].as_str().context("no such template")?;
        let values = [
            ("repo", self.repository.as_str()),
            ("version", &self.version),
            ("target", &self.target),
            ("bin", "segments"),
            ("binary-ext", ""),
        ];

        let filled = values.iter().fold(template.to_owned(), |text, (name, value)| {
            text.replace(&format!("{{ {name} }}"), value)
        });
        ensure!(!filled.contains('{'), "{filled}: an unknown value");
        Ok(filled)
    }

    /// Runs an installed program: it says its version, and reads the list of its emulator.
    pub(super) fn try_out(&self, sh: &Shell, program: &Path) -> Result<()> {
        let version = cmd!(sh, "{program} --version").quiet().read()?;
        println!("{}: {version}", program.display());
        ensure!(version.ends_with(&self.version), "not version {}", self.version);

        let list = cmd!(sh, "{program} export --demo").quiet().read()?;
        ensure!(list.lines().count() == 250, "{} segments, not 250", list.lines().count());
        Ok(())
    }
}
