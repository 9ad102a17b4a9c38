//! The formats, each a plain function from segments to bytes.

pub mod csv;
mod ending;
mod events;
mod fields;
mod format;
mod guard;
mod ids_digest;
mod json;
mod json_row;
mod markdown;
pub mod ndjson;
mod rows;
mod table;
mod tsv;
mod writer;

pub use ending::Foreign;
pub(crate) use events::{EventFormat, EventOrigin, write_events};
pub(crate) use fields::Row;
pub use fields::{Field, Fields};
pub use format::{Cells, Format};
pub(crate) use ids_digest::IdsDigest;
pub use writer::Writer;
