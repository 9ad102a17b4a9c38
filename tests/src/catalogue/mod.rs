//! Everything that can go wrong, what comes of it, and which layers have tests of it.
//!
//! A test belongs to a row by its name: its function, or the module around it, begins with the
//! row's id (`h13_redirects`). `docs/faults.md` is written from here.

mod configuration;
mod document;
mod emulator;
mod http;
mod json;
mod output;
mod paging;
mod row;
mod sources;
mod transport;

pub use document::document;
pub use row::{FaultRow, Layer};
pub use sources::{FaultTest, fault_tests, row_of};

/// A letter, a title and the rows.
type Section = (char, &'static str, &'static [FaultRow]);

const SECTIONS: [Section; 7] = [
    ('T', "Transport", transport::ROWS),
    ('H', "HTTP", http::ROWS),
    ('J', "JSON", json::ROWS),
    ('P', "Paging", paging::ROWS),
    ('C', "Configuration", configuration::ROWS),
    ('E', "The emulator's clients", emulator::ROWS),
    ('O', "Output", output::ROWS),
];

/// All rows.
pub fn rows() -> impl Iterator<Item = &'static FaultRow> {
    SECTIONS.iter().flat_map(|(_, _, rows)| *rows)
}
