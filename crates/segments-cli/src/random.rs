//! A number that nobody guesses, out of the standard library's hash maps.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};

/// A number that differs from run to run.
pub(crate) fn seed() -> u64 {
    RandomState::new().build_hasher().finish()
}
