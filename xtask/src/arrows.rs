//! Imports point one way: no circle between the files of a folder, nor between its folders.
//!
//! A folder counts as one node among its siblings, so that on every level there is an order in
//! which each file and folder uses only what comes before it. A path through a re-export leads to
//! the file that it names in the end; the re-export itself uses nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow};
use proc_macro2::{Delimiter, TokenStream, TokenTree};

use crate::prose::{files, is_source};
use crate::step::none;

/// The names on the way to a module, or to something in it. The root of a crate has none.
type Names = Vec<String>;

pub(crate) fn check(root: &Path) -> Result<()> {
    let mut complaints = Vec::new();

    for (package, modules) in &packages(root)? {
        for arrow in backwards(modules) {
            complaints.push(format!("{}: {arrow}", package.display()));
        }
    }

    none(complaints)
}

/// The modules of every package, by the directory of the package.
fn packages(root: &Path) -> Result<BTreeMap<PathBuf, BTreeMap<Names, Module>>> {
    let mut packages: BTreeMap<PathBuf, BTreeMap<Names, Module>> = BTreeMap::new();

    for path in files(root)?.iter().filter(|path| is_source(path)) {
        let Some(src) = path.ancestors().find(|folder| folder.ends_with("src")) else { continue };
        let text = fs::read_to_string(root.join(path))?;
        let module = Module::parse(&text).with_context(|| path.display().to_string())?;

        let package = src.parent().unwrap_or(src).to_owned();
        let name = module_name(path.strip_prefix(src)?);
        packages.entry(package).or_default().insert(name, module);
    }
    Ok(packages)
}

/// `a/b.rs` and `a/b/mod.rs` are `a::b`.
fn module_name(path: &Path) -> Names {
    let path = path.with_extension("");
    let mut names: Names = path.iter().map(|name| name.to_string_lossy().into_owned()).collect();
    if matches!(names.last().map(String::as_str), Some("mod" | "lib" | "main")) {
        names.pop();
    }
    names
}

/// What a file names.
#[derive(Debug, Default)]
struct Module {
    paths: BTreeSet<Names>,
    /// What it re-exports, by the name under which others find it.
    exports: BTreeMap<String, Names>,
    children: BTreeSet<String>,
    /// Those of its children that only tests have.
    tests: BTreeSet<String>,
}

impl Module {
    fn parse(text: &str) -> Result<Self> {
        let tokens: TokenStream = text.parse().map_err(|error| anyhow!("{error}"))?;
        let mut module = Self::default();
        module.read(tokens);
        Ok(module)
    }

    /// Reads all paths of two names or more, without what is only compiled for tests.
    fn read(&mut self, tokens: TokenStream) {
        let tokens: Vec<_> = tokens.into_iter().collect();
        let mut at = 0;

        while let Some(token) = tokens.get(at) {
            let (before, rest) = (&tokens[..at], &tokens[at..]);
            at += match token {
                TokenTree::Punct(hash)
                    if hash.as_char() == '#' && is(&rest[..rest.len().min(2)], "#[cfg(test)]") =>
                {
                    self.skip_test(rest)
                }
                // `pub(in path)` uses nothing.
                TokenTree::Group(_) if at > 0 && is(&before[at - 1..], "pub") => 1,
                TokenTree::Group(group) => {
                    self.read(group.stream());
                    1
                }
                TokenTree::Ident(name) if *name == "mod" => {
                    self.children.extend(rest.get(1).map(ToString::to_string));
                    2
                }
                TokenTree::Ident(_) => {
                    let exports = match before {
                        [.., visible, _] if is(&before[at - 1..], "use") => {
                            visible.to_string() == "pub" || matches!(visible, TokenTree::Group(_))
                        }
                        _ => false,
                    };
                    self.read_path(rest, Names::new(), exports)
                }
                _ => 1,
            };
        }
    }

    /// The length of an item for tests, which ends with a semicolon or a block.
    fn skip_test(&mut self, tokens: &[TokenTree]) -> usize {
        let ends = |token: &TokenTree| match token {
            TokenTree::Punct(punct) => punct.as_char() == ';',
            TokenTree::Group(group) => group.delimiter() == Delimiter::Brace,
            _ => false,
        };
        let length = tokens.iter().position(ends).map_or(tokens.len(), |end| end + 1);

        let mut words = tokens[..length].iter().map(ToString::to_string);
        if words.any(|word| word == "mod") {
            self.tests.extend(words.next());
        }
        length
    }

    /// Reads a path behind its prefix, with all branches of a `use`; returns its number of tokens.
    fn read_path(&mut self, tokens: &[TokenTree], mut path: Names, exports: bool) -> usize {
        let mut at = 0;
        loop {
            match tokens.get(at) {
                Some(TokenTree::Ident(name)) => path.push(name.to_string()),
                Some(TokenTree::Group(branches)) if at > 0 => {
                    let branches: Vec<_> = branches.stream().into_iter().collect();
                    for branch in branches.split(|token| token.to_string() == ",") {
                        self.read_path(branch, path.clone(), exports);
                    }
                    return at + 1;
                }
                _ => break,
            }
            at += 1;
            if !tokens.get(at..at + 2).is_some_and(|tokens| is(tokens, "::")) {
                break;
            }
            at += 2;
        }

        if path.len() > 1 && path.last().is_some_and(|name| name == "self") {
            path.pop();
        }
        let alias = match tokens.get(at..at + 2) {
            Some([word, alias]) if word.to_string() == "as" => Some(alias.to_string()),
            _ => path.last().cloned(),
        };
        if exports {
            self.exports.insert(alias.unwrap_or_default(), path);
        } else if path.len() > 1 {
            self.paths.insert(path);
        }
        at.max(1)
    }
}

/// Whether these tokens are this text, without blanks.
fn is(tokens: &[TokenTree], text: &str) -> bool {
    tokens.iter().map(ToString::to_string).collect::<String>().replace(' ', "") == text
}

/// Which uses stand in the way of an order, as `from → to`.
fn backwards(modules: &BTreeMap<Names, Module>) -> Vec<String> {
    let is_test = |name: &Names| {
        let parent = |at| modules.get(&name[..at]);
        (0..name.len()).any(|at| parent(at).is_some_and(|m| m.tests.contains(&name[at])))
    };

    let mut levels: BTreeMap<Names, Level> = BTreeMap::new();
    for (from, module) in modules.iter().filter(|(name, _)| !is_test(name)) {
        let used = module.paths.iter().filter_map(|path| resolve(modules, from, path, 0));
        for to in used.filter(|to| to != from && !is_test(to)) {
            let shared = from.iter().zip(&to).take_while(|(from, to)| from == to).count();
            let node = |name: &Names| name.get(shared).cloned().unwrap_or_default();
            let edge = (node(from), node(&to));
            let path = |name: &Names| {
                if name.is_empty() { "crate".to_owned() } else { name.join("::") }
            };
            let arrow = format!("{} → {}", path(from), path(&to));
            levels.entry(from[..shared].to_vec()).or_default().insert(edge, arrow);
        }
    }
    levels.values().flat_map(circular).cloned().collect()
}

/// What uses what among the files and folders of one folder, each with an example.
type Level = BTreeMap<(String, String), String>;

/// The uses that are part of a circle: from what is used, a way leads back.
fn circular(level: &Level) -> impl Iterator<Item = &String> {
    let leads_back = |(start, next): &(String, String)| {
        let mut reached = BTreeSet::from([next]);
        let mut open = vec![next];
        while let Some(node) = open.pop() {
            let used = level.keys().filter(|(user, _)| user == node).map(|(_, used)| used);
            open.extend(used.filter(|used| reached.insert(used)));
        }
        reached.contains(start)
    };

    level.iter().filter(move |(edge, _)| leads_back(edge)).map(|(_, arrow)| arrow)
}

/// The module in which a path ends, if it is one of this crate.
fn resolve(
    modules: &BTreeMap<Names, Module>,
    from: &Names,
    path: &[String],
    depth: usize,
) -> Option<Names> {
    let mut rest = path;
    let mut at = match path.first()?.as_str() {
        "crate" => Names::new(),
        "self" | "super" => from.clone(),
        child if modules.get(from)?.children.contains(child) => from.clone(),
        _ => return None,
    };

    while let Some((name, behind)) = rest.split_first() {
        match name.as_str() {
            "crate" | "self" => {}
            "super" => drop(at.pop()),
            _ => {
                let child = [&at[..], std::slice::from_ref(name)].concat();
                let module = modules.get(&at)?;
                if modules.contains_key(&child) {
                    at = child;
                } else if let Some(path) = module.exports.get(name).filter(|_| depth < 9) {
                    let path = [path, behind].concat();
                    return resolve(modules, &at, &path, depth + 1).or(Some(at));
                } else {
                    break;
                }
            }
        }
        rest = behind;
    }
    Some(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arrows(files: &[(&str, &str)]) -> Vec<String> {
        let module = |(path, text): &(&str, &str)| {
            (module_name(Path::new(path)), Module::parse(text).unwrap())
        };
        let mut modules: BTreeMap<_, _> = files.iter().map(module).collect();
        modules.entry(Names::new()).or_default();
        backwards(&modules)
    }

    #[test]
    fn files_that_use_each_other_are_a_circle() {
        let a = ("a.rs", "use crate::{b::{self, B as C}, c};");
        let c = ("c.rs", "struct C;");
        assert_eq!(arrows(&[a, ("b.rs", "pub(in crate::a) fn b() { crate::c::d() }"), c]), [""; 0]);
        assert_eq!(arrows(&[a, ("b.rs", "fn b() { super::a::d() }"), c]), ["a → b", "b → a"]);
    }

    #[test]
    fn a_folder_is_above_another_or_below() {
        let folders = [("high/mod.rs", ""), ("low/mod.rs", "")];
        let high = ("high/a.rs", "use crate::low::{b::B, c::C};");
        let low = [folders[0], folders[1], high, ("low/b.rs", "use super::c::C;")];
        let c = |text| arrows(&[&low[..], &[("low/c.rs", text), ("high/d.rs", "")]].concat());

        assert_eq!(c("struct C;"), [""; 0]);
        assert_eq!(
            c("fn c() -> crate::high::d::D { todo!() }"),
            ["high::a → low::c", "low::c → high::d"]
        );
    }

    #[test]
    fn a_re_export_leads_to_what_it_names() {
        let root = ("lib.rs", "mod a; pub use a::b::B as D; pub(crate) use crate::a::C;");
        let a = ("a/mod.rs", "mod b; mod c; pub use self::c::C; fn f() { b::g() }");
        assert_eq!(arrows(&[root, a, ("a/b.rs", "use crate::C;"), ("a/c.rs", "")]), [""; 0]);
        assert_eq!(
            arrows(&[root, a, ("a/b.rs", "use crate::C;"), ("a/c.rs", "use crate::D;")]),
            ["a::b → a::c", "a::c → a::b"]
        );
    }

    #[test]
    fn what_is_only_for_tests_points_anywhere() {
        let a = ("a.rs", "use crate::b::B; #[cfg(test)] mod tests; #[cfg(test)] mod more { }");
        let test = ("a/tests.rs", "use super::*; use crate::b::C;");
        let b = ("b.rs", "#[cfg(test)] mod tests { use crate::a::A; } // crate::a::A");
        assert_eq!(arrows(&[("lib.rs", "mod a; mod b;"), a, test, b]), [""; 0]);
    }
}
