use std::time::Duration;

use serde::{Deserialize, Serialize};

/// What is counted for the report. A checkpoint holds it.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct RequestCounters {
    pub(crate) requests: u64,
    pub(crate) retries: u64,
    #[serde(default)]
    pub(crate) stale_connections: u64,
    pub(crate) waits: u64,
    pub(crate) waited: Duration,
}

impl RequestCounters {
    /// Counts a request that ended, with a response or without.
    pub(crate) fn note_request(&mut self) {
        self.requests = self.requests.saturating_add(1);
    }

    /// Counts a request that is sent again.
    pub(crate) fn note_retry(&mut self) {
        self.retries = self.retries.saturating_add(1);
    }

    /// Counts a request that was lost to a stale connection.
    pub(crate) fn note_stale_connection(&mut self) {
        self.stale_connections = self.stale_connections.saturating_add(1);
    }

    /// Counts a wait.
    pub(crate) fn note_wait(&mut self, from: Duration, until: Duration) {
        self.waits = self.waits.saturating_add(1);
        self.waited = self.waited.saturating_add(until.saturating_sub(from));
    }
}
