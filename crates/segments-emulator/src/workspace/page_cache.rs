use std::collections::HashMap;

use http::HeaderValue;
use segments_core::{ListRequest, SortDirection};

/// Bodies of pages and their `ETag`s, until the list changes.
#[derive(Debug, Clone, Default)]
pub(crate) struct PageCache {
    pages: HashMap<CacheKey, (Vec<u8>, HeaderValue)>,
}

/// A request without `sort_direction` gets the same page as one for `asc`.
type CacheKey = (u32, SortDirection);

fn key(request: ListRequest) -> CacheKey {
    (request.page, request.sort_direction.unwrap_or_default())
}

impl PageCache {
    /// About 4 MiB of ordinary pages.
    const CAPACITY: usize = 256;

    pub(crate) fn get(&self, request: ListRequest) -> Option<&(Vec<u8>, HeaderValue)> {
        self.pages.get(&key(request))
    }

    pub(crate) fn insert(&mut self, request: ListRequest, body: &[u8], etag: &HeaderValue) {
        // A reader goes through the pages once, so there is no page worth keeping longer.
        if self.pages.len() == Self::CAPACITY {
            self.pages.clear();
        }

        self.pages.insert(key(request), (body.to_vec(), etag.clone()));
    }

    pub(crate) fn clear(&mut self) {
        self.pages.clear();
    }
}
