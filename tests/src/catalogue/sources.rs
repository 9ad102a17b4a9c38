//! The tests of faults, as they stand in the sources of the workspace.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::row::Layer;

/// A test that is named after a row.
#[derive(Debug)]
pub struct FaultTest {
    /// The name of its function.
    pub name: String,
    /// Where it is.
    pub file: PathBuf,
    /// What it tests; several where adapters share a file.
    pub layers: Vec<Layer>,
}

/// The row that a test is named after: `H13` of `h13_redirect`.
pub fn row_of(test: &str) -> Option<String> {
    let head = test.split('_').next()?;
    let number = head.strip_prefix(['t', 'h', 'j', 'p', 'c', 'e', 'o'])?;
    let numbered = !number.is_empty() && number.chars().all(|digit| digit.is_ascii_digit());
    numbered.then(|| head.to_ascii_uppercase())
}

/// All tests that are named after a row, without those that only run when asked for.
///
/// # Errors
/// If the sources cannot be read.
pub fn fault_tests() -> io::Result<Vec<FaultTest>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new("."));
    let mut files = Vec::new();
    for folder in ["crates", "tests/tests"] {
        rust_files(&root.join(folder), &mut files)?;
    }

    let mut tests = Vec::new();
    for path in files {
        let file = path.strip_prefix(root).unwrap_or(&path).to_owned();
        let layers = layers_of(&file);
        let names = test_names(&fs::read_to_string(&path)?);
        tests.extend(
            names.into_iter().filter(|name| row_of(name).is_some()).map(|name| FaultTest {
                name,
                file: file.clone(),
                layers: layers.clone(),
            }),
        );
    }
    Ok(tests)
}

fn rust_files(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() && !path.ends_with("target") {
            rust_files(&path, files)?;
        } else if path.extension().is_some_and(|kind| kind == "rs") {
            files.push(path);
        }
    }

    Ok(())
}

/// The layers that a file tests, which its path names.
fn layers_of(file: &Path) -> Vec<Layer> {
    // Both adapters include these files in their tests.
    if file.starts_with("crates/segments-hyper/tests/shared") {
        return vec![Layer::Hyper, Layer::Blocking];
    }

    let file = file.with_extension("");
    let named = |part: &str| {
        let part = part.strip_prefix("segments-").unwrap_or(part);
        let part = if part == "cli" { "program" } else { part };
        Layer::ALL.into_iter().find(|layer| layer.name() == part)
    };

    file.iter().find_map(|part| named(&part.to_string_lossy())).into_iter().collect()
}

/// The functions behind `#[test]`, and those that [`rows!`](crate::rows) makes.
fn test_names(source: &str) -> Vec<String> {
    let mut names = Vec::new();
    let (mut is_test, mut is_ignored) = (false, false);

    for line in source.lines().map(str::trim) {
        if line.starts_with("#[test]") || line.starts_with("#[tokio::test") {
            is_test = true;
        } else if line.starts_with("#[ignore") {
            is_ignored = true;
        } else if let Some((_, rest)) = line.split_once("fn ") {
            let name = rest.split(['(', '<']).next().unwrap_or_default();
            names.extend((is_test && !is_ignored).then(|| name.to_owned()));
            (is_test, is_ignored) = (false, false);
        }

        let [everywhere, sockets] = crate::rows!(names);
        let made = if line.contains("rows!(everywhere, ") {
            everywhere.to_vec()
        } else if line.contains("rows!(sockets, ") {
            [everywhere, sockets].concat()
        } else {
            Vec::new()
        };
        names.extend(made.into_iter().map(str::to_owned));
    }
    names
}
