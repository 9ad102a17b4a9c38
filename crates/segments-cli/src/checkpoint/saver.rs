//! Saves an export as it goes, so that little is lost if the process is killed.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use segments_core::export::Outcome;
use segments_core::{Api, Checkpoint, List};
use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until};

use super::store::Store;
use crate::error::CommandError;
use crate::random::seed;

/// The shortest time between two saves.
pub(crate) const PERIOD: Duration = Duration::from_secs(1);

/// The pause after a save, as a multiple of what the save took: so saves take a sixtieth of the time,
/// and are rarer the longer the list is.
const PAUSE: u32 = 60;

/// Saves an export from time to time.
pub(crate) struct Saver {
    store: Store,
    api: Api,
    pages: Pages,
    /// How many pages the last save had.
    saved: u64,
    due: Instant,
    has_failed: bool,
}

impl Saver {
    /// Saves in this place, after the first second: a shorter export is soon read again.
    pub(crate) fn new(store: Store, api: Api) -> Self {
        let (pages, due) = (Pages::default(), Instant::now() + PERIOD);
        Self { store, api, pages, saved: 0, due, has_failed: false }
    }

    /// The counter that must see every exchange.
    pub(crate) fn pages(&self) -> Pages {
        self.pages.clone()
    }

    /// The place of the last save.
    pub(crate) fn into_store(self) -> Store {
        self.store
    }

    /// Waits until there is something new, and the pause is over. Cancellation safe.
    pub(crate) async fn due(&self) {
        self.pages.more_than(self.saved).await;
        sleep_until(self.due).await;
    }

    /// Passes over the pages so far, which are not worth a save.
    pub(crate) fn skip(&mut self) {
        self.saved = self.pages.count();
    }

    /// Saves. The first of several failures is returned as a warning; later saves are tried all the
    /// same.
    pub(crate) fn save(&mut self, checkpoint: &Checkpoint, list: &List) -> Option<CommandError> {
        let (began, pages) = (Instant::now(), self.pages.count());
        let saved = self.store.save(&self.api, checkpoint, list, seed());
        self.saved = pages;
        let ended = Instant::now();
        self.due = ended + pause_after(ended - began);

        let is_first = !std::mem::replace(&mut self.has_failed, saved.is_err());
        saved.err().filter(|_| is_first)
    }
}

/// How long to pause after a save that took this time.
pub(crate) fn pause_after(took: Duration) -> Duration {
    PERIOD.max(took.saturating_mul(PAUSE))
}

/// Counts the pages that have arrived. Clones share the count.
#[derive(Debug, Clone, Default)]
pub(crate) struct Pages {
    shared: Arc<(AtomicU64, Notify)>,
}

impl Pages {
    /// Counts an exchange, if it brought a page.
    pub(crate) fn count_exchange(&self, outcome: &Outcome) {
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
