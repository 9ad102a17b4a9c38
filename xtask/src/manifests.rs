//! What every package has to say in its manifest.

use std::fs;
use std::path::Path;

const FORBIDDEN: &str = "unsafe_code = \"forbid\"";
const INHERITED: &str = "[lints]\nworkspace = true";

/// No package may hold unsafe code: its manifest forbids it, or takes the lints of the workspace,
/// whose manifest does.
pub(crate) fn check(root: &Path) -> Result<(), Vec<String>> {
    let mut complaints = Vec::new();
    let files = crate::prose::files(root).map_err(|error| vec![error.to_string()])?;
    for path in files.iter().filter(|path| path.ends_with("Cargo.toml")) {
        match fs::read_to_string(root.join(path)) {
            Ok(manifest) if forbids(&manifest) => {}
            Ok(_) => complaints.push(format!("{}: does not forbid unsafe code", path.display())),
            Err(error) => complaints.push(format!("{}: {error}", path.display())),
        }
    }
    if complaints.is_empty() { Ok(()) } else { Err(complaints) }
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
