//! The program in an archive, which cargo-binstall finds.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use xshell::{Shell, cmd};

use super::notices;
use super::release::{CRATE, Release};
use crate::step::Steps;

/// Shells, with the name under which each looks for completions.
const COMPLETIONS: [(&str, &str); 5] = [
    ("bash", "segments.bash"),
    ("elvish", "segments.elv"),
    ("fish", "segments.fish"),
    ("powershell", "_segments.ps1"),
    ("zsh", "_segments"),
];

/// Collects what goes beside the program.
pub(super) fn stage(sh: &Shell, release: &Release) -> Result<()> {
    let (program, staged) = (&release.program, &release.staged);
    fs::write(staged.join("segments.1"), cmd!(sh, "{program} man").quiet().read()?)?;

    let completions = staged.join("completions");
    sh.create_dir(&completions)?;
    for (shell, name) in COMPLETIONS {
        let script = cmd!(sh, "{program} completions {shell}").quiet().read()?;
        fs::write(completions.join(name), script)?;
    }

    for file in ["README.md", "LICENSE-APACHE", "LICENSE-MIT", notices::FILE] {
        sh.copy_file(Path::new("crates").join(CRATE).join(file), staged)?;
    }
    Ok(())
}

pub(super) fn build(sh: &Shell, steps: &mut Steps, release: &Release) {
    steps.check("the archive is unpacked and runs", || {
        let url = release.binstall("pkg-url")?;
        let name = url.rsplit('/').next().context("no file name")?;
        let inside = release.binstall("bin-dir")?;
        let folder = inside.strip_suffix("/segments").context("the program has another name")?;

        let unpacked = release.tried.join(folder);
        cmd!(sh, "cp -R").arg(&release.staged).arg(&unpacked).quiet().run()?;
        sh.copy_file(&release.program, unpacked.join("segments"))?;

        let (archive, tried) = (release.folder.join(name), &release.tried);
        cmd!(sh, "tar -C {tried} -czf {archive} {folder}").quiet().run()?;
        sh.remove_path(&unpacked)?;

        cmd!(sh, "tar -C {tried} -xzf {archive}").quiet().run()?;
        release.try_out(sh, &tried.join(&inside))
    });
}
