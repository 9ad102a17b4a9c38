//! What every package has to say in its manifest.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use serde_json::Value;
use xshell::{Shell, cmd};

use crate::prose::files;
use crate::step::none;

const FORBIDDEN: &str = "unsafe_code = \"forbid\"";
const INHERITED: &str = "[lints]\nworkspace = true";

/// What people who find a crate on crates.io read of it.
const TEXTS: [&str; 4] = ["description", "license", "readme", "repository"];

/// Keywords and categories; crates.io takes no more than five of each.
const LISTS: [&str; 2] = ["keywords", "categories"];

/// What goes with the source of a crate.
const FILES: [&str; 3] = ["README.md", "LICENSE-APACHE", "LICENSE-MIT"];

pub(crate) fn check(sh: &Shell) -> Result<()> {
    let root = sh.current_dir();
    let mut complaints = Vec::new();

    for path in files(&root)?.iter().filter(|path| path.ends_with("Cargo.toml")) {
        if !forbids(&fs::read_to_string(root.join(path))?) {
            complaints.push(format!("{}: does not forbid unsafe code", path.display()));
        }
    }

    for package in packages(sh)? {
        let manifest = Path::new(package["manifest_path"].as_str().context("no manifest")?);
        let folder = manifest.parent().context("a manifest without a folder")?;
        let is_public = folder.starts_with(root.join("crates"));
        let has_file = |name: &str| folder.join(name).is_file();

        let missing = missing(&package, is_public, &has_file);
        complaints.extend(missing.map(|what| format!("{}: {what}", package["name"])));
    }
    none(complaints)
}

/// The packages of the workspace, as cargo reads them.
pub(crate) fn packages(sh: &Shell) -> Result<Vec<Value>> {
    let metadata = cmd!(sh, "cargo metadata --no-deps --locked --format-version 1").quiet();
    let mut metadata: Value = serde_json::from_str(&metadata.read()?)?;
    serde_json::from_value(metadata["packages"].take()).context("no packages")
}

/// No package may hold unsafe code: its manifest forbids it, or takes the lints of the workspace,
/// whose manifest does. The workspace's own manifest has no package, and nothing to inherit from.
fn forbids(manifest: &str) -> bool {
    let inherits = manifest.contains("[package]") && manifest.contains(INHERITED);
    inherits || manifest.lines().any(|line| line == FORBIDDEN)
}

/// What keeps a crate from crates.io, or a private package from staying private.
fn missing<'a>(
    package: &'a Value,
    is_public: bool,
    has_file: &'a dyn Fn(&str) -> bool,
) -> impl Iterator<Item = String> + 'a {
    let says_private = package["publish"].as_array().is_some_and(Vec::is_empty);
    let contradiction = (says_private == is_public)
        .then(|| "`publish = false` belongs outside of crates/, and only there".to_owned());

    let texts = TEXTS.iter().filter(|key| package[key].as_str().is_none_or(str::is_empty));
    let docs = package["metadata"]["docs"]["rs"].is_null().then_some(&"metadata.docs.rs");
    let files = FILES.iter().filter(|name| !has_file(name));
    let absent = texts.chain(docs).chain(files).map(|what| format!("has no {what}"));

    let length = |key: &str| package[key].as_array().map_or(0, Vec::len);
    let lists = LISTS.iter().filter(move |key| !(1..=5).contains(&length(key)));
    let lists = lists.map(|what| format!("has no {what}, or more than five"));

    contradiction.into_iter().chain(absent.chain(lists).filter(move |_| is_public))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

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

    #[test]
    fn a_public_crate_says_everything_and_a_private_one_that_it_is_private() {
        let whole = json!({
            "publish": null, "description": "d", "license": "MIT", "readme": "README.md",
            "repository": "https://example.com", "keywords": ["a"], "categories": ["b"],
            "metadata": { "docs": { "rs": { "all-features": true } } },
        });
        let missing = |package: &Value, is_public| {
            missing(package, is_public, &|name| name != "LICENSE-MIT").collect::<Vec<_>>()
        };
        assert_eq!(missing(&whole, true), ["has no LICENSE-MIT"]);

        for key in ["description", "repository", "keywords", "metadata"] {
            let mut package = whole.clone();
            package[key] = json!(null);
            assert_eq!(missing(&package, true).len(), 2, "{key}");
        }

        let mut many = whole.clone();
        many["keywords"] = json!(["a", "b", "c", "d", "e", "f"]);
        assert_eq!(
            missing(&many, true),
            ["has no LICENSE-MIT", "has no keywords, or more than five"]
        );

        let private = json!({ "publish": [] });
        assert!(missing(&private, false).is_empty());
        assert_eq!(missing(&whole, false).len(), 1);
        assert!(missing(&private, true).len() > 5);
    }
}
