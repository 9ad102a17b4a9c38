//! What can be checked of the prose: links and sizes.

use std::collections::HashMap;
use std::fs;
use std::path::{Component, Path, PathBuf};

/// A source file that is longer than this, without its tests, holds more than one thing.
const MOST_LINES: usize = 350;

/// Packages with files that are longer, until they are divided.
const LONG: [&str; 5] = [
    "crates/segments-cli",
    "crates/segments-core",
    "crates/segments-emulator",
    "crates/segments-hyper",
    "tests",
];

/// A file that is larger than this is data that got in by mistake.
const MOST_BYTES: u64 = 512 * 1024;

pub(crate) fn check(root: &Path, test_command: &str) -> Result<(), Vec<String>> {
    let mut complaints = Vec::new();
    let files = files(root).map_err(|error| vec![error.to_string()])?;
    let mut texts = HashMap::new();
    for path in files.iter().filter(|path| path.extension().is_some_and(|kind| kind == "md")) {
        match fs::read_to_string(root.join(path)) {
            Ok(text) => drop(texts.insert(path.clone(), text)),
            Err(error) => complaints.push(format!("{}: {error}", path.display())),
        }
    }
    check_links(root, &texts, &mut complaints);
    check_sizes(root, &files, &mut complaints);
    let readme = texts.get(Path::new("README.md"));
    if !readme.is_some_and(|text| text.contains(test_command)) {
        complaints.push(format!("README.md: does not give the test command {test_command:?}"));
    }
    complaints.sort();
    if complaints.is_empty() { Ok(()) } else { Err(complaints) }
}

/// All files, relative to the root, without what is built or fetched.
pub(crate) fn files(root: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    let mut directories = vec![root.to_owned()];
    while let Some(directory) = directories.pop() {
        for entry in fs::read_dir(directory)? {
            let entry = entry?;
            let kind = entry.file_type()?;
            let path = entry.path();
            if kind.is_file() {
                files.extend(path.strip_prefix(root).map(Path::to_owned));
            } else if kind.is_dir() && !is_built(&path) {
                directories.push(path);
            }
        }
    }
    Ok(files)
}

fn is_built(directory: &Path) -> bool {
    let name = directory.file_name().unwrap_or_default();
    ["target", ".git", "node_modules"].iter().any(|built| name == *built)
}

/// Every relative link leads to a file, and to a heading if it names one.
fn check_links(root: &Path, texts: &HashMap<PathBuf, String>, complaints: &mut Vec<String>) {
    for (document, text) in texts {
        for (line, target) in links(text) {
            let mut complain = |what: &str| {
                complaints.push(format!("{}:{line}: {target}: {what}", document.display()));
            };
            if target.contains("://") || target.starts_with("mailto:") {
                continue;
            }
            let (path, heading) = target.split_once('#').unwrap_or((target, ""));
            let folder = document.parent().unwrap_or(Path::new(""));
            let path = if path.is_empty() { document.clone() } else { normal(&folder.join(path)) };
            if !root.join(&path).exists() {
                complain("no such file");
            } else if !heading.is_empty() {
                let there = texts.get(&path).is_some_and(|text| has_heading(text, heading));
                if !there {
                    complain("no such heading");
                }
            }
        }
    }
}

/// The targets of `[…](target)`, with their lines, outside of code.
fn links(text: &str) -> Vec<(usize, &str)> {
    let mut links = Vec::new();
    for (line, text) in prose_lines(text) {
        // Every other part stands between backquotes.
        for part in text.split('`').step_by(2) {
            let mut rest = part;
            while let Some((_, after)) = rest.split_once("](") {
                let Some((target, behind)) = after.split_once(')') else { break };
                links.push((line, target));
                rest = behind;
            }
        }
        // A link whose text is code is cut in two by the backquotes: `[`code`](target)`.
        for (start, _) in text.match_indices("`](") {
            if let Some((target, _)) = text[start + 3..].split_once(')') {
                links.push((line, target));
            }
        }
    }
    links.sort_unstable();
    links.dedup();
    links
}

/// Lines with their numbers, without blocks of code.
fn prose_lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut code = false;
    (1..).zip(text.lines()).filter(move |(_, line)| {
        let fence = line.trim_start().starts_with("```");
        code ^= fence;
        !code && !fence
    })
}

/// Whether there is a heading of this name, or a place marked `<a id="name">`.
fn has_heading(text: &str, anchor: &str) -> bool {
    let marked = format!("<a id=\"{anchor}\">");
    prose_lines(text).any(|(_, line)| {
        let heading = line.starts_with('#') && slug(line.trim_start_matches('#')) == anchor;
        heading || line.contains(&marked)
    })
}

/// A heading as the anchor that forges make of it.
fn slug(heading: &str) -> String {
    let kept = heading.trim().chars().filter(|c| c.is_alphanumeric() || " -_".contains(*c));
    kept.flat_map(char::to_lowercase).map(|c| if c == ' ' { '-' } else { c }).collect()
}

/// Without `.` and `..`.
fn normal(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => drop(normal.pop()),
            Component::CurDir => {}
            part => normal.push(part),
        }
    }
    normal
}

/// Rust in the `src` of a package.
pub(crate) fn is_source(path: &Path) -> bool {
    path.extension().is_some_and(|kind| kind == "rs") && path.iter().any(|part| part == "src")
}

fn check_sizes(root: &Path, files: &[PathBuf], complaints: &mut Vec<String>) {
    for path in files {
        let full = root.join(path);
        let bytes = fs::metadata(&full).map_or(0, |metadata| metadata.len());
        if bytes > MOST_BYTES {
            complaints.push(format!("{}: {bytes} bytes, more than {MOST_BYTES}", path.display()));
        }
        if is_source(path) && !path.ends_with("tests.rs") {
            let text = fs::read_to_string(&full).unwrap_or_default();
            let lines = lines_without_tests(&text);
            let long = lines <= 600 && LONG.iter().any(|package| path.starts_with(package));
            if lines > MOST_LINES && !long {
                complaints
                    .push(format!("{}: {lines} lines, more than {MOST_LINES}", path.display()));
            }
        }
    }
}

fn lines_without_tests(text: &str) -> usize {
    text.split("\n#[cfg(test)]\nmod tests {").next().unwrap_or_default().lines().count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_found_outside_of_code() {
        let text = "a [b](c.md) `[x](no)` [`d`](e.md#f)\n```\n[x](no)\n```\n[g](h), [i](j)";
        assert_eq!(links(text), [(1, "c.md"), (1, "e.md#f"), (5, "h"), (5, "j")]);
    }

    #[test]
    fn anchors_are_made_as_forges_make_them() {
        assert_eq!(slug(" Why no `Accept-Encoding`?"), "why-no-accept-encoding");
        assert!(has_heading("# One\n## Two words, here\n", "two-words-here"));
        assert!(has_heading("# <a id=\"three\"></a>Something else\n", "three"));
        assert!(!has_heading("```\n# One\n```\n", "one"));
    }

    #[test]
    fn paths_are_made_plain() {
        assert_eq!(normal(Path::new("docs/../xtask/./src")), Path::new("xtask/src"));
    }
}
