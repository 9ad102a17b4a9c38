//! The connections of a client that wait for their next request.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use http::Uri;
use tokio::time::Instant;

use crate::connection::Connection;

/// How long a connection may wait.
const IDLE_LIMIT: Duration = Duration::from_secs(15);

/// Idle connections to any servers. It opens none.
#[derive(Debug, Default)]
pub(crate) struct Pool {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    idle: Vec<Idle>,
    epoch: Epoch,
}

#[derive(Debug)]
struct Idle {
    connection: Connection,
    since: Instant,
}

/// Counts how often a connection was found stale. One that was opened before the last time is not used
/// again: what closed that one, such as an idle limit of the server, has probably closed them all.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Epoch(u64);

impl Pool {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// To be kept with a connection that is about to be opened.
    pub(crate) fn epoch(&self) -> Epoch {
        self.state().epoch
    }

    /// The connection to the server of `target` that was used last, if there is any.
    pub(crate) fn take(&self, target: &Uri) -> Option<(Connection, Epoch)> {
        let now = Instant::now();
        let mut state = self.state();
        state.idle.retain(|idle| now - idle.since < IDLE_LIMIT && idle.connection.is_ready());

        let at = state.idle.iter().rposition(|idle| idle.connection.leads_to(target))?;
        Some((state.idle.remove(at).connection, state.epoch))
    }

    /// Keeps a connection for the next request.
    pub(crate) fn put(&self, connection: Connection, epoch: Epoch) {
        let mut state = self.state();
        if epoch == state.epoch {
            state.idle.push(Idle { connection, since: Instant::now() });
        }
    }

    /// A connection of this epoch was stale.
    pub(crate) fn end_epoch(&self, epoch: Epoch) {
        let mut state = self.state();
        if epoch == state.epoch {
            state.epoch.0 += 1;
            state.idle.clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use hyper::client::conn::http1::Builder;
    use hyper_util::rt::TokioIo;
    use tokio::io::DuplexStream;
    use tokio::task::yield_now;
    use tokio::time::advance;

    use super::*;

    fn here() -> Uri {
        Uri::from_static("http://here/")
    }

    /// A connection, and its other end.
    async fn connection(target: &Uri) -> (Connection, DuplexStream) {
        let (ours, theirs) = tokio::io::duplex(1 << 10);
        let connection =
            Connection::new(TokioIo::new(ours), target, &Builder::new()).await.unwrap();
        // The task that drives it begins.
        yield_now().await;
        (connection, theirs)
    }

    #[tokio::test]
    async fn a_connection_is_given_for_its_own_server_once() {
        let pool = Pool::default();
        let (one, _end) = connection(&here()).await;
        pool.put(one, pool.epoch());

        for other in ["https://here/", "http://here:81/", "http://there/"] {
            assert!(pool.take(&Uri::from_static(other)).is_none(), "{other}");
        }
        assert!(pool.take(&Uri::from_static("http://HERE/path?query")).is_some());
        assert!(pool.take(&here()).is_none());
    }

    #[tokio::test(start_paused = true)]
    async fn one_that_was_closed_or_idle_for_long_is_not_given() {
        let pool = Pool::default();
        let (one, end) = connection(&here()).await;
        pool.put(one, pool.epoch());
        drop(end);
        yield_now().await;
        assert!(pool.take(&here()).is_none());

        let (one, _end) = connection(&here()).await;
        pool.put(one, pool.epoch());
        advance(IDLE_LIMIT / 2).await;
        let (one, epoch) = pool.take(&here()).unwrap();

        pool.put(one, epoch);
        advance(IDLE_LIMIT).await;
        assert!(pool.take(&here()).is_none());
    }

    #[tokio::test]
    async fn after_a_stale_one_none_is_given_that_was_open_by_then() {
        let pool = Pool::default();
        let (idle, _end) = connection(&here()).await;
        let (busy, _end) = connection(&here()).await;
        let epoch = pool.epoch();
        pool.put(idle, epoch);

        pool.end_epoch(epoch);
        assert!(pool.take(&here()).is_none());
        pool.put(busy, epoch);
        assert!(pool.take(&here()).is_none());

        // One more of that time says nothing about those that were opened since.
        let (new, _end) = connection(&here()).await;
        pool.put(new, pool.epoch());
        pool.end_epoch(epoch);
        assert!(pool.take(&here()).is_some());
    }
}
