//! Saves an export as it goes, so that it outlives a process that is killed.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use segments_core::export::Outcome;
use segments_core::{Api, Checkpoint, List};
use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until};

use crate::checkpoint::store::Store;
use crate::error::CommandError;
use crate::random::seed;

/// From one save to the next, at least.
const PERIOD: Duration = Duration::from_secs(1);

/// How much longer than a save it takes to the next one: so saves take a sixtieth of the time, and
/// the longer the list, the rarer they are.
const PAUSE: u32 = 60;

/// A place for the state of an export, and when it was saved last.
pub(crate) struct Saver {
    store: Store,
    api: Api,
    pages: Pages,
    saved: u64,
    due: Instant,
    failed: bool,
}

impl Saver {
    /// Saves to this place, from the first second on: what is over sooner is soon read again.
    pub(crate) fn new(store: Store, api: Api) -> Self {
        let (pages, due) = (Pages::default(), Instant::now() + PERIOD);
        Self { store, api, pages, saved: 0, due, failed: false }
    }

    /// What has to be told of every exchange.
    pub(crate) fn pages(&self) -> Pages {
        self.pages.clone()
    }

    /// The place.
    pub(crate) fn into_store(self) -> Store {
        self.store
    }

    /// Waits until there is something new to save, and it is time. Cancellation safe.
    pub(crate) async fn due(&self) {
        self.pages.more_than(self.saved).await;
        sleep_until(self.due).await;
    }

    /// Waits for another page: those that came mean nothing yet.
    pub(crate) fn skip(&mut self) {
        self.saved = self.pages.count();
    }

    /// Saves. The first failure is handed back as a warning; the export goes on, and later saves
    /// are tried.
    pub(crate) fn save(&mut self, checkpoint: &Checkpoint, list: &List) -> Option<CommandError> {
        let (began, pages) = (Instant::now(), self.pages.count());
        let saved = self.store.save(&self.api, checkpoint, list, seed());
        self.saved = pages;
        let ended = Instant::now();
        self.due = ended + pause_after(ended - began);

        let first = !std::mem::replace(&mut self.failed, saved.is_err());
        saved.err().filter(|_| first)
    }
}

fn pause_after(took: Duration) -> Duration {
    PERIOD.max(took.saturating_mul(PAUSE))
}

/// How many pages have come.
#[derive(Debug, Clone, Default)]
pub(crate) struct Pages {
    shared: Arc<(AtomicU64, Notify)>,
}

impl Pages {
    /// Counts what is one.
    pub(crate) fn tell(&self, outcome: &Outcome) {
        if matches!(outcome, Outcome::Page { .. }) {
            self.shared.0.fetch_add(1, Ordering::Relaxed);
            self.shared.1.notify_one();
        }
    }

    fn count(&self) -> u64 {
        self.shared.0.load(Ordering::Relaxed)
    }

    async fn more_than(&self, pages: u64) {
        while self.count() <= pages {
            self.shared.1.notified().await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn saving_takes_less_than_a_fiftieth_however_long_it_takes() {
        for millis in [0, 1, 16, 17, 18, 100, 1000, 60_000] {
            let took = Duration::from_millis(millis);
            let pause = pause_after(took);
            assert!(pause >= PERIOD && took.as_secs_f64() / (took + pause).as_secs_f64() < 0.02);
        }
        assert_eq!(pause_after(Duration::from_millis(1)), PERIOD);
    }
}
