use serde::{Deserialize, Serialize};

/// The lengths of the pages of one pass. A list is cut into pages of one length, so a page that is
/// shorter than others, with rows behind it, shows that something is left out.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct PageLengths {
    /// The shortest page that rows followed: its number, and its rows.
    followed: Option<(u32, usize)>,
    /// The shortest page since the last one with rows, that one included.
    last: Option<(u32, usize)>,
}

impl PageLengths {
    /// Notes the next page of the pass. Returns the page before it, if this one has rows.
    pub(crate) fn record(&mut self, page: u32, rows: usize) -> Option<(u32, usize)> {
        if rows == 0 {
            self.last = shorter(self.last, Some((page, rows)));
            return None;
        }

        let before = self.last.replace((page, rows));
        self.followed = shorter(self.followed, before);
        before
    }

    /// The page that is shorter than the longest although more followed, if there is one.
    pub(crate) fn short(&self, longest: usize) -> Option<(u32, usize)> {
        self.followed.filter(|(_, rows)| *rows < longest)
    }
}

/// The shorter of two pages; of two alike the first.
fn shorter(one: Option<(u32, usize)>, other: Option<(u32, usize)>) -> Option<(u32, usize)> {
    one.into_iter().chain(other).min_by_key(|(_, rows)| *rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(pages: &[usize]) -> PageLengths {
        let mut lengths = PageLengths::default();
        for (page, rows) in (0..).zip(pages) {
            lengths.record(page, *rows);
        }
        lengths
    }

    #[test]
    fn the_last_page_may_be_short() {
        for pages in [&[][..], &[5], &[5, 3], &[5, 5, 0], &[5, 3, 0, 0]] {
            assert_eq!(of(pages).short(5), None, "{pages:?}");
        }
    }

    #[test]
    fn a_page_in_the_middle_may_not() {
        assert_eq!(of(&[5, 4, 5]).short(5), Some((1, 4)));
        assert_eq!(of(&[5, 4, 3, 3, 5]).short(5), Some((2, 3)));
        assert_eq!(of(&[5, 0, 1]).short(5), Some((1, 0)));
        assert_eq!(of(&[3, 5]).short(3), None, "no page is known to be longer");
    }
}
