//! What can be checked of documents and sources as text: links and sizes.

use std::collections::{BTreeMap, HashSet};
use std::fs;
use std::path::{Component, Path, PathBuf};

use anyhow::Result;
use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};
use walkdir::{DirEntry, WalkDir};

use crate::step::none;

/// A source file that is longer than this, without its tests, holds more than one thing.
const MOST_LINES: usize = 350;

/// A file that is larger than this is data that got in by mistake.
const MOST_BYTES: u64 = 512 * 1024;

/// What README.md gives to a stranger, and CI runs.
const TEST: &str = "cargo test --workspace";

pub(crate) fn check(root: &Path) -> Result<()> {
    let files = files(root)?;
    let mut complaints = Vec::new();
    let mut documents = BTreeMap::new();
    for path in files.iter().filter(|path| path.extension().is_some_and(|kind| kind == "md")) {
        let text = fs::read_to_string(root.join(path))?;
        if path == Path::new("README.md") && !text.contains(TEST) {
            complaints.push(format!("README.md: does not give the test command {TEST:?}"));
        }
        documents.insert(path.clone(), Document::parse(&text));
    }

    check_links(root, &documents, &mut complaints);
    complaints.extend(unlisted(&documents));
    for path in &files {
        complaints.extend(too_large(root, path)?);
    }
    none(complaints)
}

/// All files, relative to the root, without what is built or fetched.
pub(crate) fn files(root: &Path) -> Result<Vec<PathBuf>> {
    let is_built = |entry: &DirEntry| {
        ["target", ".git", "node_modules"].iter().any(|built| entry.file_name() == *built)
    };
    let mut files = Vec::new();

    for entry in WalkDir::new(root).into_iter().filter_entry(|entry| !is_built(entry)) {
        let entry = entry?;
        if entry.file_type().is_file() {
            files.push(entry.path().strip_prefix(root)?.to_owned());
        }
    }

    Ok(files)
}

/// Rust in the `src` of a package.
pub(crate) fn is_source(path: &Path) -> bool {
    path.extension().is_some_and(|kind| kind == "rs") && path.iter().any(|part| part == "src")
}

/// What leads from a document, and into it.
#[derive(Debug, Default)]
struct Document {
    /// Targets with their lines.
    links: Vec<(usize, String)>,
    /// Headings, as forges link to them, and places marked `<a id="name">`.
    anchors: HashSet<String>,
}

impl Document {
    fn parse(text: &str) -> Self {
        let mut document = Self::default();
        let mut heading: Option<String> = None;

        for (event, range) in Parser::new_ext(text, Options::ENABLE_TABLES).into_offset_iter() {
            match event {
                Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                    let line = text[..range.start].matches('\n').count() + 1;
                    document.links.push((line, dest_url.into_string()));
                }
                Event::Start(Tag::Heading { .. }) => heading = Some(String::new()),
                Event::End(TagEnd::Heading(_)) => {
                    document.anchors.extend(heading.take().map(|heading| slug(&heading)));
                }
                Event::Text(words) | Event::Code(words) => {
                    heading.as_mut().into_iter().for_each(|heading| heading.push_str(&words));
                }
                Event::Html(html) | Event::InlineHtml(html) => {
                    let id = html.split_once("<a id=\"").and_then(|(_, id)| id.split_once('"'));
                    document.anchors.extend(id.map(|(id, _)| id.to_owned()));
                }
                _ => {}
            }
        }

        document
    }
}

/// A heading as the anchor that forges make of it.
fn slug(heading: &str) -> String {
    let kept = heading.trim().chars().filter(|c| c.is_alphanumeric() || " -_".contains(*c));
    kept.flat_map(char::to_lowercase).map(|c| if c == ' ' { '-' } else { c }).collect()
}

/// Documents that a stranger does not find: nothing in README.md leads to them.
fn unlisted(documents: &BTreeMap<PathBuf, Document>) -> Vec<String> {
    let readme = documents.get(Path::new("README.md"));
    let listed: HashSet<_> = readme
        .into_iter()
        .flat_map(|readme| &readme.links)
        .map(|(_, target)| Path::new(target.split('#').next().unwrap_or_default()))
        .collect();

    let is_unlisted =
        |path: &&PathBuf| path.starts_with("docs") && !listed.contains(path.as_path());
    let unlisted = documents.keys().filter(is_unlisted);
    unlisted.map(|path| format!("README.md: does not link to {}", path.display())).collect()
}

/// Every relative link leads to a file, and to a heading if it names one.
fn check_links(root: &Path, documents: &BTreeMap<PathBuf, Document>, complaints: &mut Vec<String>) {
    for (path, document) in documents {
        // `a::b` is a path of Rust, which rustdoc checks.
        let is_elsewhere = |target: &str| target.contains("://") || target.contains("::");
        let is_relative = |target: &str| !is_elsewhere(target) && !target.starts_with("mailto:");
        for (line, link) in document.links.iter().filter(|(_, link)| is_relative(link)) {
            let (target, heading) = link.split_once('#').unwrap_or((link, ""));
            let folder = path.parent().unwrap_or(Path::new(""));
            let target =
                if target.is_empty() { path.clone() } else { normalize(&folder.join(target)) };

            let has_heading =
                || documents.get(&target).is_some_and(|target| target.anchors.contains(heading));
            let wrong = if !root.join(&target).exists() {
                "no such file"
            } else if !heading.is_empty() && !has_heading() {
                "no such heading"
            } else {
                continue;
            };
            complaints.push(format!("{}:{line}: {link}: {wrong}", path.display()));
        }
    }
}

/// Without `.` and `..`.
fn normalize(path: &Path) -> PathBuf {
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

fn too_large(root: &Path, path: &Path) -> Result<Option<String>> {
    let full = root.join(path);
    let bytes = fs::metadata(&full)?.len();
    if bytes > MOST_BYTES {
        return Ok(Some(format!("{}: {bytes} bytes, more than {MOST_BYTES}", path.display())));
    }
    if !is_source(path) || path.ends_with("tests.rs") {
        return Ok(None);
    }

    let text = fs::read_to_string(full)?;
    let code = text.split("\n#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    let lines = code.lines().count();
    let is_long = lines > MOST_LINES;
    Ok(is_long.then(|| format!("{}: {lines} lines, more than {MOST_LINES}", path.display())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_found_outside_of_code() {
        let text = "a [b](c.md) `[x](no)` [`d`](e.md#f)\n```\n[x](no)\n```\n[g](h), ![i](j)";
        let links = Document::parse(text).links;
        let links: Vec<_> = links.iter().map(|(line, link)| (*line, link.as_str())).collect();
        assert_eq!(links, [(1, "c.md"), (1, "e.md#f"), (5, "h"), (5, "j")]);
    }

    #[test]
    fn anchors_are_made_as_forges_make_them() {
        assert_eq!(slug(" Why no `Accept-Encoding`?"), "why-no-accept-encoding");
        let has = |text: &str, anchor: &str| Document::parse(text).anchors.contains(anchor);
        assert!(has("# One\n## Two `words`, here\n", "two-words-here"));
        assert!(has("# <a id=\"three\"></a>Something else\n", "three"));
        assert!(!has("```\n# One\n```\n", "one"));
    }

    #[test]
    fn the_readme_leads_to_every_document() {
        let documents = [("README.md", "[a](docs/a.md#b)"), ("docs/a.md", ""), ("docs/c.md", "")];
        let parsed = documents.map(|(path, text)| (path.into(), Document::parse(text)));
        assert_eq!(unlisted(&parsed.into()), ["README.md: does not link to docs/c.md"]);
    }

    #[test]
    fn paths_are_made_plain() {
        assert_eq!(normalize(Path::new("docs/../xtask/./src")), Path::new("xtask/src"));
    }
}
