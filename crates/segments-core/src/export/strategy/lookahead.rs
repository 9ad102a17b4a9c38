use std::collections::BTreeMap;

/// How far ahead of the next page a pass asks, while it does not know where the list ends.
///
/// What is asked for behind the end is in vain, and comes out of a quota that a whole workspace
/// shares. So no more may be in vain than the list is known to have pages, or three: the window
/// opens with what has come, and doubles with each round trip. A wide window would take long to
/// open like that; there one page far ahead is asked for too. If it has rows, so have all before
/// it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Lookahead {
    /// The most requests in flight.
    pub(crate) window: u32,
    /// Pages that are known to have rows, whichever pass has shown them.
    pub(crate) pages: u32,
    /// A pass has been read to its end before: there are hardly more.
    pub(crate) whole: bool,
    /// Looks from afar before the first of them has come, where the window is wide.
    pub(crate) far: usize,
}

/// So many requests may be in vain, however short the list is.
const FREE: u32 = 3;

/// Pages that are worth a look from afar, each some seven times as far as the one before it.
const FAR: [u32; 6] = [4, 30, 200, 1300, 8500, 55_000];

/// The widest window that opens soon enough by itself.
const NARROW: u32 = 8;

impl Lookahead {
    /// The pages to ask for, the most urgent first: those from `next` on that have not come. `early`
    /// are those that came before their turn.
    pub(crate) fn pages<T>(self, next: u32, limit: u32, early: &BTreeMap<u32, T>) -> Vec<u32> {
        let far = if self.pages > 0 { self.far(limit, early) } else { Vec::new() };
        // What waits for its turn counts too, so that no more than a window is kept.
        let window = (self.window as usize).saturating_sub(far.len()).max(1);
        let mut in_vain = self.in_vain(next, early).saturating_sub(far.len());

        let mut pages = Vec::new();
        let mut end = next;
        for page in (next..limit).take(window) {
            if !early.contains_key(&page) {
                // The next page is always asked for, whatever it costs.
                if page >= self.pages && page > next && in_vain == 0 {
                    break;
                }
                in_vain = in_vain.saturating_sub(usize::from(page >= self.pages));
                pages.push(page);
            }
            end = page;
        }
        // Before the others: what is on its way must not give place to what is not.
        let second = pages.len().min(1);
        pages.splice(second..second, far.into_iter().filter(|far| *far > end));
        pages
    }

    /// The pages from afar that have not come.
    pub(crate) fn far<T>(self, limit: u32, early: &BTreeMap<u32, T>) -> Vec<u32> {
        if self.window <= NARROW || self.whole {
            return Vec::new();
        }
        let most = if self.pages <= FAR[0] { self.far } else { self.far.min(1) };
        let worth = |far: &u32| *far >= self.pages && *far < limit && !early.contains_key(far);
        FAR.into_iter().filter(worth).take(most).collect()
    }

    /// How many more requests may be in vain, those that show the end not counted.
    fn in_vain<T>(self, next: u32, early: &BTreeMap<u32, T>) -> usize {
        if self.whole {
            return 0;
        }
        let all = self.pages.max(FREE);
        // Without any page there is one more to show that: the first.
        let needed = if self.pages == 0 { 2 } else { 1 };
        // What came from behind the known pages was empty.
        let spent = next.saturating_sub(self.pages) as usize + early.range(self.pages..).count();
        (all as usize + needed).saturating_sub(spent)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ahead(window: u32, pages: u32) -> Lookahead {
        Lookahead { window, pages, whole: false, far: 2 }
    }

    fn wanted(ahead: Lookahead, next: u32, early: &[u32]) -> Vec<u32> {
        let early: BTreeMap<u32, bool> = early.iter().map(|page| (*page, true)).collect();
        ahead.pages(next, u32::MAX, &early)
    }

    #[test]
    fn a_window_opens_with_the_pages_that_have_come() {
        assert_eq!(wanted(ahead(8, 0), 0, &[]), [0, 1, 2, 3, 4]);
        assert_eq!(wanted(ahead(8, 3), 3, &[]), [3, 4, 5, 6]);
        assert_eq!(wanted(ahead(8, 6), 6, &[]), [6, 7, 8, 9, 10, 11, 12]);
        assert_eq!(wanted(ahead(8, 60), 60, &[]), (60..68).collect::<Vec<_>>());
        assert_eq!(wanted(ahead(2, 60), 60, &[]), [60, 61]);
    }

    #[test]
    fn what_is_known_to_be_there_is_asked_for_at_once() {
        assert_eq!(wanted(ahead(8, 100), 0, &[]), (0..8).collect::<Vec<_>>());
        let whole = Lookahead { whole: true, ..ahead(8, 3) };
        assert_eq!(wanted(whole, 0, &[]), [0, 1, 2]);
        assert_eq!(wanted(whole, 3, &[]), [3], "the next page is always asked for");
    }

    #[test]
    fn what_came_empty_is_one_of_those_in_vain() {
        assert_eq!(wanted(ahead(8, 3), 3, &[5]), [3, 4, 6]);
        assert_eq!(wanted(ahead(8, 3), 3, &[4, 5, 6, 7]), [3]);
    }

    #[test]
    fn a_wide_window_looks_from_afar() {
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
