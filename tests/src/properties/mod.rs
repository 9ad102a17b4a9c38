//! Invariants, each a function that panics when it is violated.
//!
//! Every module has functions of plain values, and one of bytes, `check`, that makes such values
//! out of anything: for fuzzers, and for the stored corpus, whose files are its inputs.

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
pub mod rate_limit;
pub mod request;
pub mod response;
pub mod scan;
mod source;

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
    ("request", request::check),
    ("response", response::check),
    ("scan", scan::check),
];

/// The key of all properties. No text of the crate holds eight characters of it in a row.
pub const KEY: &str = "CANARY-5f1d7ab0-KEY";

/// An API on loopback, with [`KEY`].
///
/// # Panics
/// Never: both parts are valid.
pub fn api() -> segments_core::Api {
    let endpoint = segments_core::Endpoint::new("http://127.0.0.1:8080").expect("an endpoint");
    segments_core::Api::new(endpoint, segments_core::ApiKey::new(KEY).expect("a key"))
}

/// Panics if `text` holds the key or eight characters of it in a row, in any case.
///
/// # Panics
/// As said.
#[track_caller]
pub fn assert_keyless(text: &str) {
    let (text, key) = (text.to_ascii_lowercase(), KEY.to_ascii_lowercase());
    for part in key.as_bytes().windows(8) {
        let part = std::str::from_utf8(part).expect("the key is ASCII");
        assert!(!text.contains(part), "part of the key in: {text}");
    }
}
