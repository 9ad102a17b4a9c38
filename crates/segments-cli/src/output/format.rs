//! Which formats there are, and how their cells are written.

use std::borrow::Cow;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::guard::guard;

/// How segments are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// Aligned columns for people
    Table,
    /// One JSON object a line
    Ndjson,
    /// One JSON array
    Json,
    /// Comma-separated values with a header
    Csv,
    /// Tab-separated values with a header, escaped and not quoted
    Tsv,
    /// A table of Markdown
    Markdown,
    /// One id a line
    Ids,
}

impl Format {
    /// Its name, as `--format` takes it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Table => "table",
            Self::Ndjson => "ndjson",
            Self::Json => "json",
            Self::Csv => "csv",
            Self::Tsv => "tsv",
            Self::Markdown => "markdown",
            Self::Ids => "ids",
        }
    }

    /// The usual ending of its files.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Table => "txt",
            Self::Markdown => "md",
            other => other.name(),
        }
    }

    /// The format that a file's name asks for.
    pub fn of_path(path: &Path) -> Option<Self> {
        match path.extension()?.to_str()?.to_ascii_lowercase().as_str() {
            "ndjson" | "jsonl" => Some(Self::Ndjson),
            "json" => Some(Self::Json),
            "csv" => Some(Self::Csv),
            "tsv" | "tab" => Some(Self::Tsv),
            "txt" => Some(Self::Table),
            "md" | "markdown" => Some(Self::Markdown),
            _ => None,
        }
    }
}

/// How the cells of CSV and TSV, and the header of a table, are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[allow(clippy::struct_excessive_bools)]
pub struct Cells {
    /// Whether cells that a spreadsheet would run as a formula are left alone.
    pub raw: bool,
    /// What separates the cells of CSV: `,` or `;` or `|` or a tab.
    pub delimiter: u8,
    /// Whether CSV begins with the mark by which Excel knows UTF-8.
    pub bom: bool,
    /// Whether the names of the fields come first.
    pub header: bool,
    /// Whether lines of CSV and TSV end with CR LF.
    pub crlf: bool,
}

impl Cells {
    /// The text of a cell, guarded if need be.
    pub(super) fn guarded(self, text: &str) -> Cow<'_, str> {
        if self.raw { Cow::Borrowed(text) } else { guard(text) }
    }

    /// What ends a line.
    pub(super) fn line_end(self) -> &'static str {
        if self.crlf { "\r\n" } else { "\n" }
    }
}

impl Default for Cells {
    fn default() -> Self {
        Self { raw: false, delimiter: b',', bom: false, header: true, crlf: false }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn extensions_choose_formats() {
        assert_eq!(Format::of_path(Path::new("a/b.CSV")), Some(Format::Csv));
        assert_eq!(Format::of_path(Path::new("b.jsonl")), Some(Format::Ndjson));
        assert_eq!(Format::of_path(Path::new("csv")), None);
        for format in [Format::Table, Format::Ndjson, Format::Json, Format::Csv, Format::Tsv] {
            let path = Path::new("a").with_extension(format.extension());
            assert_eq!(Format::of_path(&path), Some(format));
        }
    }
}
