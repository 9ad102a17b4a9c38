//! What every package has to say in its manifest.

use std::fs;
use std::path::Path;

use anyhow::Result;

use crate::prose::files;
use crate::step::none;

const FORBIDDEN: &str = "unsafe_code = \"forbid\"";
const INHERITED: &str = "[lints]\nworkspace = true";

/// No package may hold unsafe code: its manifest forbids it, or takes the lints of the workspace,
/// whose manifest does.
pub(crate) fn check(root: &Path) -> Result<()> {
    let mut complaints = Vec::new();
    for path in files(root)?.iter().filter(|path| path.ends_with("Cargo.toml")) {
        if !forbids(&fs::read_to_string(root.join(path))?) {
            complaints.push(format!("{}: does not forbid unsafe code", path.display()));
        }
    }
    none(complaints)
}

/// The workspace's own manifest has no package, and nothing to inherit from.
fn forbids(manifest: &str) -> bool {
    let inherits = manifest.contains("[package]") && manifest.contains(INHERITED);
    inherits || manifest.lines().any(|line| line == FORBIDDEN)
}

#[cfg(test)]
mod tests {
    use super::forbids;

    #[test]
    fn a_manifest_forbids_or_inherits() {
        assert!(forbids("[package]\nname = \"a\"\n\n[lints]\nworkspace = true\n"));
        assert!(forbids("[workspace.lints.rust]\nunsafe_code = \"forbid\"\n"));

        for wrong in [
            "[package]\nname = \"a\"\n",
            "[workspace]\n\n[lints]\nworkspace = true\n",
            "[package]\n\n[lints.rust]\n# unsafe_code = \"forbid\"\n",
        ] {
            assert!(!forbids(wrong), "{wrong}");
        }
    }
}
