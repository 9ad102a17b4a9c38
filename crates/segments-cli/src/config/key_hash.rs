//! Whether a key is the one that a file was made with.

use http::header::AUTHORIZATION;
use segments_core::{Api, ListRequest};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::text::hex::hex;

/// Tells whether a key is the same, and nothing else about it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct KeyHash {
    salt: u64,
    hash: String,
}

impl KeyHash {
    pub(crate) fn new(api: &Api, salt: u64) -> Self {
        let request = api.request(ListRequest::default());
        let key = request.headers().get(AUTHORIZATION).map_or(&[][..], |value| value.as_bytes());
        let hash = Sha256::new().chain_update(salt.to_le_bytes()).chain_update(key).finalize();

        // Enough to tell keys apart.
        Self { salt, hash: hex(&hash)[..16].to_owned() }
    }

    /// Whether it is that of the key in `api`.
    pub(crate) fn fits(&self, api: &Api) -> bool {
        *self == Self::new(api, self.salt)
    }
}
