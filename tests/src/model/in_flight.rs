use std::time::Duration;

use http::Response;
use segments_core::Fetch;

use super::world::World;

/// A request on its way, or its response.
pub(super) struct InFlight {
    pub(super) fetch: Fetch,
    /// The moment at which it was sent.
    pub(super) sent: usize,
    /// The ranks, the response, and the moment that it shows, once the server has made it.
    pub(super) response: Option<(Vec<usize>, Response<Vec<u8>>, usize)>,
}

impl InFlight {
    /// The server answers it as of now, unless it did before.
    pub(super) fn respond(&mut self, world: &mut World, time: Duration) {
        if self.response.is_none() {
            let (rows, response) = world.answer(&self.fetch, time);
            self.response = Some((rows, response, world.now()));
        }
    }
}
