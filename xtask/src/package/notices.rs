//! The licences of the packages that are linked into the program.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use serde_json::Value;
use xshell::{Shell, cmd};

use super::release::{CRATE, Release};

/// Beside the manifest, because a wheel takes licences from nowhere else.
pub(super) const FILE: &str = "THIRD-PARTY-LICENSES";

/// How the files are called.
const PREFIXES: [&str; 5] = ["LICENSE", "LICENCE", "COPYING", "NOTICE", "UNLICENSE"];

/// Writes each text once, below the names of the packages that have it.
pub(super) fn write(sh: &Shell, release: &Release) -> Result<()> {
    let mut texts: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (name, manifest) in linked(sh, release)? {
        let found = licences(&manifest).with_context(|| manifest.clone())?;
        ensure!(!found.is_empty(), "{name} has no licence in its package");
        for text in found {
            texts.entry(text).or_default().push(name.clone());
        }
    }

    let mut sections: Vec<_> = texts.into_iter().map(|(text, names)| (names, text)).collect();
    sections.sort();
    let sections = sections.iter().map(|(names, text)| {
        format!(
            "\n{line}\n{}\n{line}\n\n{}\n",
            names.join(", "),
            text.trim(),
            line = "-".repeat(80)
        )
    });

    let head = "The program segments contains these packages, under these licences.\n".to_owned();
    let notices = std::iter::once(head).chain(sections).collect::<String>();
    Ok(fs::write(Path::new("crates").join(CRATE).join(FILE), notices)?)
}

/// The packages of others, each with its manifest.
fn linked(sh: &Shell, release: &Release) -> Result<BTreeMap<String, String>> {
    let target = &release.target;
    let tree = ["--package", CRATE, "--edges", "normal", "--prefix", "none", "--format", "{p}"];
    let tree = cmd!(sh, "cargo tree --locked --target {target} {tree...}").quiet().read()?;

    let metadata = ["--format-version", "1", "--filter-platform", target];
    let metadata = cmd!(sh, "cargo metadata --locked {metadata...}").quiet().read()?;
    let metadata: Value = serde_json::from_str(&metadata)?;
    let packages = metadata["packages"].as_array().context("no packages")?;

    let mut linked = BTreeMap::new();
    for package in packages.iter().filter(|package| package["source"].is_string()) {
        let text = |key: &str| package[key].as_str().context("not in the metadata");
        let (name, version) = (text("name")?, text("version")?);
        let line = format!("{name} v{version}");

        let is_linked = tree.lines().any(|known| known.trim_end_matches(" (proc-macro)") == line);
        if is_linked {
            linked.insert(format!("{name} {version}"), text("manifest_path")?.to_owned());
        }
    }
    Ok(linked)
}

/// The licences beside a manifest.
fn licences(manifest: &str) -> Result<Vec<String>> {
    let folder = Path::new(manifest).parent().context("no folder")?;
    let mut texts = Vec::new();

    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().to_uppercase();
        if entry.file_type()?.is_file() && PREFIXES.iter().any(|prefix| name.starts_with(prefix)) {
            texts.push(fs::read_to_string(entry.path())?.replace("\r\n", "\n"));
        }
    }
    Ok(texts)
}
