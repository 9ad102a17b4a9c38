//! Invariants, each a function that panics when it is violated.
//!
//! Every module has functions of plain values, and one of bytes, `check`, that makes such values
//! out of anything: for fuzzers, and for the stored corpus, whose files are its inputs.

mod api;
pub mod checkpoint;
pub mod emulator;
pub mod endpoint;
pub mod export;
pub mod history;
pub mod key;
mod machine;
mod mask;
mod odd;
pub mod output;
pub mod page;
mod quiet_list;
pub mod rate_limit;
pub mod recorded;
pub mod request;
pub mod response;
pub mod scan;
mod source;

pub use api::{KEY, api, assert_keyless};
pub use quiet_list::{QuietList, goals};
pub use source::Source;

/// A property of bytes.
pub type Check = fn(&[u8]);

/// All properties by name: that of the corpus directory and of the fuzz target.
pub const ALL: &[(&str, Check)] = &[
    ("checkpoint", checkpoint::check),
    ("emulator", emulator::check),
    ("endpoint", endpoint::check),
    ("export", export::check),
    ("history", history::check),
    ("key", key::check),
    ("output", output::check),
    ("page", page::check),
    ("rate_limit", rate_limit::check),
    ("recorded", recorded::check),
    ("request", request::check),
    ("response", response::check),
    ("scan", scan::check),
];
