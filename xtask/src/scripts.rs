//! The scripts that drive programs of other people.

use std::path::Path;

use anyhow::Result;
use xshell::Shell;

/// Copies every file of `from` into a folder, which need not exist: what the scripts write stays there.
pub(crate) fn copy_scripts(sh: &Shell, from: &str, folder: &Path) -> Result<()> {
    sh.create_dir(folder)?;

    for file in sh.read_dir(from)?.iter().filter(|file| file.is_file()) {
        sh.copy_file(file, folder)?;
    }
    Ok(())
}
