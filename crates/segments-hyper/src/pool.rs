//! The connections of a client that wait for their next request.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use http::Uri;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep_until};

use crate::connection::Connection;

/// How long a connection may wait.
const IDLE_LIMIT: Duration = Duration::from_secs(15);

/// How many connections may wait. One more closes the one that has waited longest.
const MAX_IDLE: usize = 256;

/// Idle connections to any servers. It opens none.
#[derive(Debug, Default)]
pub(crate) struct Pool {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// The one that has waited longest comes first.
    idle: VecDeque<Idle>,
    epoch: Epoch,
    reaper: Option<JoinHandle<()>>,
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
        let mut state = self.state();
        state.close_expired();

        let at = state.idle.iter().rposition(|idle| idle.connection.leads_to(target))?;
        Some((state.idle.remove(at)?.connection, state.epoch))
    }

    /// Keeps a connection for the next request, or closes it if none comes in time.
    pub(crate) fn put(self: &Arc<Self>, connection: Connection, epoch: Epoch) {
        let mut state = self.state();
        if epoch != state.epoch {
            return;
        }

        if state.idle.len() == MAX_IDLE {
            state.idle.pop_front();
        }
        state.idle.push_back(Idle { connection, since: Instant::now() });

        // Its runtime may have ended, and the client goes on in another one.
        if state.reaper.as_ref().is_none_or(JoinHandle::is_finished) {
            state.reaper = Some(tokio::spawn(reap(Arc::downgrade(self))));
        }
    }

    /// Closes what has waited too long. Returns when the next one will have, if any is left.
    fn reap(&self) -> Option<Instant> {
        let mut state = self.state();
        state.close_expired();

        let next = state.idle.front().map(|idle| idle.since + IDLE_LIMIT);
        if next.is_none() {
            state.reaper = None;
        }
        next
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

impl State {
    fn close_expired(&mut self) {
        let now = Instant::now();
        self.idle.retain(|idle| now - idle.since < IDLE_LIMIT && idle.connection.is_ready());
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        let state = self.state.get_mut().unwrap_or_else(PoisonError::into_inner);
        if let Some(reaper) = &state.reaper {
            reaper.abort();
        }
    }
}

/// Closes connections that no request takes. Ends with the last of them, and with the pool.
async fn reap(pool: Weak<Pool>) {
    while let Some(next) = pool.upgrade().and_then(|pool| pool.reap()) {
        sleep_until(next).await;
    }
}

#[cfg(test)]
mod tests {
    use hyper::client::conn::http1::Builder;
    use hyper_util::rt::TokioIo;
    use tokio::io::{AsyncReadExt, DuplexStream};
    use tokio::runtime::Handle;
    use tokio::task::yield_now;
    use tokio::time::{advance, sleep, timeout};

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
        let pool = Arc::new(Pool::default());
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
        let pool = Arc::new(Pool::default());
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

    /// What the other end of a connection reads: nothing, for as long as it is open.
    async fn is_open(end: &mut DuplexStream) -> bool {
        timeout(Duration::from_millis(1), end.read_u8()).await.is_err()
    }

    #[tokio::test(start_paused = true)]
    async fn one_that_no_request_takes_is_closed() {
        let pool = Arc::new(Pool::default());
        for _ in 0..2 {
            let (first, mut first_end) = connection(&here()).await;
            pool.put(first, pool.epoch());
            sleep(IDLE_LIMIT / 2).await;
            let (second, mut second_end) = connection(&here()).await;
            pool.put(second, pool.epoch());

            sleep(IDLE_LIMIT / 2).await;
            assert!(!is_open(&mut first_end).await);
            assert!(is_open(&mut second_end).await);
            sleep(IDLE_LIMIT / 2).await;
            assert!(!is_open(&mut second_end).await);
            assert!(pool.state().reaper.is_none(), "no task is left");
        }
    }

    #[tokio::test]
    async fn no_task_outlives_the_pool() {
        let pool = Arc::new(Pool::default());
        let (one, mut end) = connection(&here()).await;
        pool.put(one, pool.epoch());
        yield_now().await;

        drop(pool);
        assert!(!is_open(&mut end).await);
        assert_eq!(Handle::current().metrics().num_alive_tasks(), 0);
    }

    #[tokio::test]
    async fn only_so_many_wait_and_the_oldest_makes_room() {
        let pool = Arc::new(Pool::default());
        let mut ends = Vec::new();
        for _ in 0..=MAX_IDLE {
            let (one, end) = connection(&here()).await;
            pool.put(one, pool.epoch());
            ends.push(end);
        }

        assert!(!is_open(&mut ends[0]).await);
        assert!(is_open(&mut ends[1]).await);
        assert_eq!(pool.state().idle.len(), MAX_IDLE);
    }

    #[test]
    fn connections_are_closed_in_another_runtime_too() {
        let runtime = || {
            tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build()
        };
        let pool = Arc::new(Pool::default());
        for _ in 0..2 {
            runtime().unwrap().block_on(async {
                let (one, mut end) = connection(&here()).await;
                pool.put(one, pool.epoch());
                sleep(IDLE_LIMIT / 2).await;
                assert!(is_open(&mut end).await);
            });
        }
        runtime().unwrap().block_on(async {
            let (one, mut end) = connection(&here()).await;
            pool.put(one, pool.epoch());
            sleep(IDLE_LIMIT * 2).await;
            assert!(!is_open(&mut end).await);
        });
    }

    #[tokio::test]
    async fn after_a_stale_one_none_is_given_that_was_open_by_then() {
        let pool = Arc::new(Pool::default());
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
