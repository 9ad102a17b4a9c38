//! What all properties ask with, and must keep to themselves.

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
