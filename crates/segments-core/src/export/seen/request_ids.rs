use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

/// The request ids of all pages so far, each as a digest that means the same in every process. That
/// two of a million are alike is as likely as one to forty million, and then the export fails.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct RequestIds {
    seen: BTreeSet<u64>,
}

impl RequestIds {
    /// Takes the id of a page; true if it came before.
    pub(crate) fn repeats(&mut self, id: u64) -> bool {
        !self.seen.insert(id)
    }

    /// The bytes that it takes: nodes of the tree are at least half full.
    pub(crate) fn memory(&self) -> usize {
        self.seen.len() * 2 * size_of::<u64>()
    }
}
