use std::collections::BTreeMap;

/// How far ahead of the next page a pass requests, while it does not know where the list ends.
///
/// A request behind the end is wasted, and the whole workspace shares its quota. So *speculative*
/// requests, for pages that are not known to have rows, are never more than the known pages, or
/// three: the window opens with what has arrived, and doubles with each round trip. A wide window
/// would open slowly like that, so a *probe* is sent too, for a page far ahead. If it has rows, all
/// pages before it have rows.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Lookahead {
    /// The maximum of requests in flight.
    pub(crate) window: u32,
    /// Pages that are known to have rows, whichever pass has shown them.
    pub(crate) known_pages: u32,
    /// A pass has been read to its end before, so there are hardly more pages.
    pub(crate) is_end_known: bool,
    /// How many probes are in flight before the first has returned, where the window is wide.
    pub(crate) probes: usize,
}

/// How many requests may be speculative, however short the list is.
const MIN_SPECULATIVE: u32 = 3;

/// Pages that are probed, each some seven times as far as the one before it.
const PROBED: [u32; 6] = [4, 30, 200, 1300, 8500, 55_000];

/// The widest window that opens soon enough by itself.
const NARROW: u32 = 8;

impl Lookahead {
    /// The pages to request, the most urgent first: those from `next` on that have not arrived.
    /// `early` are those that arrived before their turn.
    pub(crate) fn pages<T>(self, next: u32, limit: u32, early: &BTreeMap<u32, T>) -> Vec<u32> {
        let probes = if self.known_pages > 0 { self.probes(limit, early) } else { Vec::new() };
        // What waits for its turn counts too, so that no more than a window is kept.
        let window = (self.window as usize).saturating_sub(probes.len()).max(1);
        let mut speculative = self.speculative(next, early).saturating_sub(probes.len());

        let mut pages = Vec::new();
        let mut end = next;
        for page in (next..limit).take(window) {
            if !early.contains_key(&page) {
                let is_speculative = page >= self.known_pages;
                // The next page is always requested, whatever it costs.
                if is_speculative && page > next && speculative == 0 {
                    break;
                }
                speculative = speculative.saturating_sub(usize::from(is_speculative));
                pages.push(page);
            }
            end = page;
        }
        // Before the others: a probe in flight must not give way to a request that is not.
        let second = pages.len().min(1);
        pages.splice(second..second, probes.into_iter().filter(|probe| *probe > end));
        pages
    }

    /// The pages to probe.
    pub(crate) fn probes<T>(self, limit: u32, early: &BTreeMap<u32, T>) -> Vec<u32> {
        if self.window <= NARROW || self.is_end_known {
            return Vec::new();
        }
        let max = if self.known_pages <= PROBED[0] { self.probes } else { self.probes.min(1) };
        let is_open =
            |page: &u32| *page >= self.known_pages && *page < limit && !early.contains_key(page);
        PROBED.into_iter().filter(is_open).take(max).collect()
    }

    /// How many more requests may be speculative. Those that show the end do not count.
    fn speculative<T>(self, next: u32, early: &BTreeMap<u32, T>) -> usize {
        if self.is_end_known {
            return 0;
        }
        let all = self.known_pages.max(MIN_SPECULATIVE);
        // An empty list needs one more to show its end: the first page.
        let needed = if self.known_pages == 0 { 2 } else { 1 };
        // What arrived from behind the known pages was empty.
        let spent = next.saturating_sub(self.known_pages) as usize
            + early.range(self.known_pages..).count();
        (all as usize + needed).saturating_sub(spent)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ahead(window: u32, known_pages: u32) -> Lookahead {
        Lookahead { window, known_pages, is_end_known: false, probes: 2 }
    }

    fn wanted(ahead: Lookahead, next: u32, early: &[u32]) -> Vec<u32> {
        let early: BTreeMap<u32, bool> = early.iter().map(|page| (*page, true)).collect();
        ahead.pages(next, u32::MAX, &early)
    }

    #[test]
    fn a_window_opens_with_the_pages_that_have_arrived() {
        assert_eq!(wanted(ahead(8, 0), 0, &[]), [0, 1, 2, 3, 4]);
        assert_eq!(wanted(ahead(8, 3), 3, &[]), [3, 4, 5, 6]);
        assert_eq!(wanted(ahead(8, 6), 6, &[]), [6, 7, 8, 9, 10, 11, 12]);
        assert_eq!(wanted(ahead(8, 60), 60, &[]), (60..68).collect::<Vec<_>>());
        assert_eq!(wanted(ahead(2, 60), 60, &[]), [60, 61]);
    }

    #[test]
    fn known_pages_are_requested_at_once() {
        assert_eq!(wanted(ahead(8, 100), 0, &[]), (0..8).collect::<Vec<_>>());
        let to_the_end = Lookahead { is_end_known: true, ..ahead(8, 3) };
        assert_eq!(wanted(to_the_end, 0, &[]), [0, 1, 2]);
        assert_eq!(wanted(to_the_end, 3, &[]), [3], "the next page is always requested");
    }

    #[test]
    fn an_empty_page_was_speculative() {
        assert_eq!(wanted(ahead(8, 3), 3, &[5]), [3, 4, 6]);
        assert_eq!(wanted(ahead(8, 3), 3, &[4, 5, 6, 7]), [3]);
    }

    #[test]
    fn a_wide_window_is_probed() {
        assert_eq!(wanted(ahead(64, 2), 2, &[]), [2, 4, 30, 3]);
        assert_eq!(wanted(ahead(64, 5), 2, &[4]), [2, 30, 3, 5, 6, 7, 8, 9]);
        assert_eq!(wanted(ahead(8, 5), 2, &[4]), [2, 3, 5, 6, 7, 8, 9]);
        let beyond = wanted(ahead(64, 31), 10, &[30]);
        assert_eq!((beyond[0], beyond[1], beyond.len()), (10, 200, 20 + 31 + 1));
    }

    #[test]
    fn no_more_than_a_window_is_kept() {
        for window in 1..20 {
            let early: Vec<u32> = (1..window).collect();
            assert_eq!(wanted(ahead(window, 1000), 0, &early)[0], 0);
            let more = wanted(ahead(window, 1000), 0, &early).len();
            assert!(more <= 2, "{window}: {more}");
        }
    }
}
