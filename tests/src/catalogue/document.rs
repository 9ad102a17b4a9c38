//! The catalogue as Markdown.

use std::fmt::Write;

use super::SECTIONS;
use super::row::{ALL, FaultRow, NET};

const HEAD: &str = "\
# Faults

What can go wrong, and what comes of it. [Testing](testing.md#faults) says how each is tried. Written
from `tests/src/catalogue/` by a test.

- *Retried*: up to `max_attempts` times for one page (5), within the export's retry budget, then the
  export ends with the named kind of error.
- *Once more*: retried once. *Final*: not retried.
- Kinds and exit codes: `not_proven` 3, `refused` 4, `rate_limited` 5, `server` 6, `transport` 7,
  `protocol` and `paging` 8, `deadline` 9.
- The last column has the layers with tests of it. *All* are core, hyper, blocking and program, *net*
  all of these but core. `cargo test --workspace h13_` runs the tests of H13.
";

/// All of `docs/faults.md`.
pub fn document() -> String {
    let mut text = HEAD.to_owned();
    for (letter, title, rows) in SECTIONS {
        let _ = write!(text, "\n## {letter}: {title}\n\n| id | fault | outcome | layers |\n");
        text.push_str("|---|---|---|---|\n");
        for row in rows {
            let _ = writeln!(
                text,
                "| {} | {} | {} | {} |",
                row.id,
                cell(row.fault),
                cell(row.outcome),
                layers(row)
            );
        }
    }

    text
}

fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

fn layers(row: &FaultRow) -> String {
    if row.layers == ALL {
        return "all".to_owned();
    }
    if row.layers == NET {
        return "net".to_owned();
    }
    row.layers.iter().map(|layer| layer.name()).collect::<Vec<_>>().join(", ")
}
