//! Names of files that promise a format of other programs.

use std::path::Path;

/// What the ending of a name promises, if it is not a format of this program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Foreign {
    /// A workbook of a spreadsheet.
    Spreadsheet,
    /// A compressed file, or an archive.
    Compressed,
    /// A database, or a binary file of records.
    Binary,
    /// A document of a word processor or the like.
    Document,
    /// A text of another syntax. Some of them can hold what is written here.
    Text,
}

impl Foreign {
    /// What the name of a file promises.
    pub fn of_path(path: &Path) -> Option<Self> {
        match path.extension()?.to_str()?.to_ascii_lowercase().as_str() {
            "xls" | "xlsx" | "xlsm" | "xlsb" | "xltx" | "ods" | "fods" | "numbers" => {
                Some(Self::Spreadsheet)
            }
            "gz" | "gzip" | "tgz" | "bz2" | "bzip2" | "tbz2" | "xz" | "txz" | "lzma" | "zst"
            | "zstd" | "zip" | "7z" | "rar" | "br" | "lz4" | "lzo" | "sz" | "snappy" | "z"
            | "tar" => Some(Self::Compressed),
            "parquet" | "pq" | "feather" | "arrow" | "ipc" | "orc" | "avro" | "db" | "sqlite"
            | "sqlite3" | "db3" | "duckdb" | "mdb" | "accdb" | "dbf" | "msgpack" | "mpk"
            | "cbor" | "bson" | "pb" | "pkl" | "pickle" | "npy" | "npz" | "rds" | "rdata"
            | "dta" | "sav" | "sas7bdat" | "h5" | "hdf5" => Some(Self::Binary),
            "pdf" | "doc" | "docx" | "odt" | "rtf" | "ppt" | "pptx" | "pages" => {
                Some(Self::Document)
            }
            "xml" | "html" | "htm" | "xhtml" | "yaml" | "yml" | "toml" | "tex" | "sql" | "ini"
            | "json5" | "adoc" | "rst" => Some(Self::Text),
            _ => None,
        }
    }

    /// Whether a file of this name may be written in a format that was named beside it.
    pub fn can_be_meant(self) -> bool {
        self == Self::Text
    }

    /// What to do in its place.
    pub fn advice(self) -> &'static str {
        match self {
            Self::Spreadsheet => "Write a .csv, which spreadsheets open; --csv-bom helps Excel",
            Self::Compressed => {
                "Compress the output: segments export --format csv | gzip > FILE.csv.gz"
            }
            Self::Binary => "Write a .ndjson or .csv and convert it, as DuckDB or pandas do",
            Self::Document => "Write a .txt, .csv or .json",
            Self::Text => "Write a .csv, .tsv, .json, .ndjson, .md or .txt, or add --format",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::format::Format;

    #[test]
    fn the_last_ending_counts_in_any_case() {
        for (name, expected) in [
            ("list.xlsx", Foreign::Spreadsheet),
            ("list.XLS", Foreign::Spreadsheet),
            ("list.parquet", Foreign::Binary),
            ("list.csv.gz", Foreign::Compressed),
            ("a/b.Json.Zst", Foreign::Compressed),
            ("list.pdf", Foreign::Document),
            ("list.yaml", Foreign::Text),
        ] {
            assert_eq!(Foreign::of_path(Path::new(name)), Some(expected), "{name}");
        }
    }

    #[test]
    fn what_promises_nothing_is_taken() {
        for name in ["list", "gz", ".gz", "list.out", "list.gz/list", "list.2026-11-24", "a.log"] {
            assert_eq!(Foreign::of_path(Path::new(name)), None, "{name}");
            assert_eq!(Format::of_path(Path::new(name)), None, "{name}");
        }
        for name in ["a.csv", "a.TSV", "a.tab", "a.json", "a.ndjson", "a.jsonl", "a.txt", "a.md"] {
            assert_eq!(Foreign::of_path(Path::new(name)), None, "{name}");
            assert!(Format::of_path(Path::new(name)).is_some(), "{name}");
        }
    }
}
