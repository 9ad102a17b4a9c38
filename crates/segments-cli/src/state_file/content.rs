//! The content of the file of `--state`.
//!
//! It never holds the key, only a salted hash that tells whether a key is another one.

use std::io::{self, Write};

use segments_core::Api;
use serde::{Deserialize, Serialize};

use crate::changes::State;
use crate::config::KeyHash;
use crate::files::{sealed_content, sealed_head, write_sealed};

/// The version of this file.
pub(super) const VERSION: u32 = 1;

#[derive(Serialize, Deserialize)]
struct Head {
    segments_state: u32,
}

#[derive(Serialize, Deserialize)]
struct Content<S> {
    endpoint: String,
    key: KeyHash,
    state: S,
}

/// Why a state cannot be used.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Unusable {
    Foreign,
    Version(u32),
    Damaged,
    /// It is that of another endpoint.
    Endpoint(String),
    /// It was made with another key.
    Key,
}

/// Writes a state.
///
/// # Errors
/// If it cannot be written.
pub(super) fn write(to: &mut impl Write, api: &Api, state: &State, salt: u64) -> io::Result<()> {
    let content =
        Content { endpoint: api.endpoint().to_string(), key: KeyHash::new(api, salt), state };
    write_sealed(to, &Head { segments_state: VERSION }, &content)
}

/// Reads a state.
///
/// # Errors
/// [`Unusable`] if it is damaged, or may be that of another workspace: all segments of that one would
/// seem to be removed.
pub(super) fn read(bytes: &[u8], api: &Api, accepts_new_key: bool) -> Result<State, Unusable> {
    let head: Head = sealed_head(bytes).ok_or(Unusable::Foreign)?;
    if head.segments_state != VERSION {
        return Err(Unusable::Version(head.segments_state));
    }

    let content: Option<Content<State>> = sealed_content(bytes);
    let Content { endpoint, key, state } = content.ok_or(Unusable::Damaged)?;
    if endpoint != api.endpoint().to_string() {
        return Err(Unusable::Endpoint(endpoint));
    }
    if !accepts_new_key && !key.fits(api) {
        return Err(Unusable::Key);
    }
    Ok(state)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use segments_core::{ApiKey, Endpoint, Segment};

    use super::*;
    use crate::changes::{Proof, compare};

    fn api(url: &str, key: &str) -> Api {
        Api::new(Endpoint::new(url).unwrap(), ApiKey::new(key).unwrap())
    }

    fn own() -> Api {
        api("https://rest.example", "CANARY-75480f9a-4db8")
    }

    /// A state with a listed and a removed segment, and its file.
    fn saved() -> (State, Vec<u8>) {
        let segment = |id| Segment::new(id, "=\u{1f}日", true, ["t", "s"]).unwrap();
        let old = State::from_iter(&[segment("a"), segment("b")]);
        let events = compare(Some(&old), &[segment("b")], Some(Proof::Complete));
        let (state, mut bytes) = (old.after(&events), Vec::new());
        write(&mut bytes, &own(), &state, 7).unwrap();
        (state, bytes)
    }

    #[test]
    fn what_was_saved_is_read() {
        let (state, bytes) = saved();
        assert_eq!(read(&bytes, &own(), false), Ok(state.clone()));
        let text = String::from_utf8(bytes.clone()).unwrap();
        assert!(!text.contains("CANARY") && !text.contains("75480f9a"));

        let new_key = api("https://rest.example", "another");
        assert_eq!(read(&bytes, &new_key, false), Err(Unusable::Key));
        assert_eq!(read(&bytes, &new_key, true), Ok(state));
    }

    // See the first lines of the core's `tests/golden.rs`, whose command writes this one too.
    #[test]
    fn a_file_that_was_kept_is_read_and_written_alike() {
        let (state, bytes) = saved();
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/changes.state");
        if std::env::var_os("SEGMENTS_WRITE_GOLDEN").is_some() {
            std::fs::write(file, &bytes).unwrap();
        }
        let kept = std::fs::read(file).unwrap();
        assert_eq!(read(&kept, &own(), false), Ok(state));
        assert!(kept == bytes, "a state is another one now");
    }

    #[test]
    fn what_is_not_its_own_is_refused() {
        let (_, bytes) = saved();
        let elsewhere = api("https://rest.other", "CANARY-75480f9a-4db8");
        let found = Unusable::Endpoint(own().endpoint().to_string());
        assert_eq!(read(&bytes, &elsewhere, true), Err(found));
        assert_eq!(read(b"", &own(), false), Err(Unusable::Foreign));

        let later = String::from_utf8(bytes).unwrap().replacen(":1}", ":2}", 1);
        assert_eq!(read(later.as_bytes(), &own(), false), Err(Unusable::Version(2)));
    }

    proptest! {
        #[test]
        fn no_damage_is_overlooked(at in any::<prop::sample::Index>(), bit in 0_u8..8) {
            let (_, mut bytes) = saved();
            let at = at.index(bytes.len());
            prop_assert!(read(&bytes[..at], &own(), true).is_err());
            bytes[at] ^= 1 << bit;
            prop_assert!(read(&bytes, &own(), true).is_err());
        }
    }
}
