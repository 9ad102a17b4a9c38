//! The parts of `docs/performance.md` that are written by a task.

use std::fs;
use std::path::Path;

use crate::plot::Plot;

const DOCUMENT: &str = "docs/performance.md";

/// A table of Markdown.
pub(crate) struct Table(String);

impl Table {
    /// With these headings; all columns but the first are numbers.
    pub(crate) fn new(headings: &[&str]) -> Self {
        let rule = "---:|".repeat(headings.len() - 1);
        Self(format!("| {} |\n|---|{rule}\n", headings.join(" | ")))
    }

    pub(crate) fn row(&mut self, cells: &[String]) {
        self.0.extend(["| ", &cells.join(" | "), " |\n"]);
    }

    /// Prints it, and puts it between the marks of this name.
    pub(crate) fn write(&self, root: &Path, name: &str) -> Result<(), String> {
        println!("{}", self.0);
        write(root, name, &self.0)
    }
}

/// Puts `text` between the marks of this name.
fn write(root: &Path, name: &str, text: &str) -> Result<(), String> {
    let path = root.join(DOCUMENT);
    let document = fs::read_to_string(&path).map_err(|error| error.to_string())?;
    let (begin, end) = (format!("<!-- {name}: begin -->\n"), format!("<!-- {name}: end -->"));
    let parts = document.split_once(&begin).and_then(|(before, rest)| {
        let (_, after) = rest.split_once(&end)?;
        Some((before, after))
    });
    let (before, after) = parts.ok_or_else(|| format!("{DOCUMENT}: no mark {begin:?}"))?;
    let document = format!("{before}{begin}\n{text}\n{end}{after}");
    fs::write(path, document).map_err(|error| error.to_string())
}

/// Draws `docs/NAME.svg`.
pub(crate) fn draw(root: &Path, name: &str, plot: &Plot) -> Result<(), String> {
    let path = root.join("docs").join(name).with_extension("svg");
    fs::write(path, plot.svg()).map_err(|error| error.to_string())
}
