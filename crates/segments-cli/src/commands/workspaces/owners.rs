//! Who has an endpoint and a key.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use segments_core::Api;

use crate::config::KeyHash;
use crate::random::seed;
use crate::terminal::Console;

/// The workspaces by their endpoints and keys.
#[derive(Debug)]
pub(in crate::commands) struct Owners {
    names: Mutex<HashMap<(String, KeyHash), String>>,
    /// Of the hashes in this process.
    salt: u64,
}

impl Owners {
    pub(in crate::commands) fn new() -> Self {
        Self { names: Mutex::default(), salt: seed() }
    }

    /// Warns if another workspace was opened before with the same endpoint and key.
    pub(in crate::commands) fn add(&self, name: &str, api: &Api, console: &Console) {
        let access = (api.endpoint().to_string(), KeyHash::new(api, self.salt));
        let mut names = self.names.lock().unwrap_or_else(PoisonError::into_inner);

        let owner = names.entry(access).or_insert_with(|| name.to_owned());
        if owner != name {
            console.warn(&format!(
                "the endpoint and the key are those of {owner}: the same list is read twice, and \
                 both share one rate limit"
            ));
        }
    }
}
