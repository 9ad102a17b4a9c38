use serde::{Deserialize, Serialize};

use crate::export::seen::ids::make_room;
use crate::message::request::{ListRequest, SortDirection};

/// Where segments stood in the passes through the list: it orders those that no answer compares.
///
/// Two segments that are listed all the time never change places. So a pass shows them in their
/// order, unless more segments than a page holds are archived or restored in the midst of it, just
/// so that they pass each other by; and a pass in the other direction would have to be deceived
/// alike.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Positions {
    /// Everything that was read before the passes below, oldest first, as it stood last.
    known: Vec<u32>,
    /// The last pass of each direction, as far as it was read.
    ascending: Option<Reading>,
    descending: Option<Reading>,
}

/// One pass: what its pages have shown, in its own order and with repetitions.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Reading {
    pass: u32,
    next_page: u32,
    rows: Vec<u32>,
}

impl Positions {
    /// Enters an answer. Page 0 begins a pass, the page that follows goes on with it, and any other
    /// was read on its own. `adjacent` tells whether an answer has shown a segment right before
    /// another one.
    pub(crate) fn enter(
        &mut self,
        pass: u32,
        list: ListRequest,
        numbers: &[u32],
        adjacent: impl Fn(u32, u32) -> bool,
    ) {
        let direction = list.sort_direction.unwrap_or_default();
        let reading = match direction {
            SortDirection::Asc => &mut self.ascending,
            SortDirection::Desc => &mut self.descending,
        };
        let next_page = list.page.saturating_add(1);

        match reading {
            Some(reading) if reading.pass == pass && reading.next_page == list.page => {
                let most = reading.rows.len() + numbers.len();
                make_room(&mut reading.rows, most);
                reading.rows.extend(numbers);
                reading.next_page = next_page;
            }
            _ if list.page == 0 => {
                let new = Reading { pass, next_page, rows: numbers.to_vec() };
                let Some(old) = reading.replace(new) else { return };
                let rows = oldest_first(&old.rows, direction);
                self.known = match direction {
                    SortDirection::Asc => insert(&rows, &self.known, adjacent),
                    SortDirection::Desc => insert(&self.known, &rows, adjacent),
                };
            }
            _ if numbers.is_empty() => {}
            _ => {
                let rows = oldest_first(numbers, direction);
                self.known = insert(&self.order(&adjacent), &rows, &adjacent);
            }
        }
    }

    /// Everything that was read, oldest first, as the last ascending pass shows it. What that does
    /// not show stands beside its neighbours of earlier ones, or else of the descending ones.
    pub(crate) fn order(&self, adjacent: impl Fn(u32, u32) -> bool) -> Vec<u32> {
        let rows = |reading: &Option<Reading>, direction| {
            let rows = reading.as_ref().map(|reading| oldest_first(&reading.rows, direction));
            rows.unwrap_or_default()
        };
        let ascending = rows(&self.ascending, SortDirection::Asc);
        let order = insert(&ascending, &self.known, &adjacent);
        insert(&order, &rows(&self.descending, SortDirection::Desc), &adjacent)
    }

    /// Whether the last pass of each direction shows these in this order, and both show each two in
    /// a row that no answer has shown so.
    pub(crate) fn agree(&self, order: &[u32], adjacent: impl Fn(u32, u32) -> bool) -> bool {
        let mut places = vec![None; length([order, &[]])];
        for (place, number) in order.iter().enumerate() {
            places[*number as usize] = Some(place);
        }
        let mut shown_in = vec![0; order.len()];
        for (direction, reading) in self.passes() {
            let rows = oldest_first(&reading.rows, direction);
            let place = |number: &u32| places.get(*number as usize).copied().flatten();
            let shown: Vec<usize> = rows.iter().filter_map(place).collect();
            if !shown.is_sorted() {
                return false;
            }
            for place in shown {
                shown_in[place] += 1;
            }
        }

        let in_both = |place: usize| shown_in[place] == 2;
        let compared = |place: usize| {
            adjacent(order[place - 1], order[place]) || in_both(place - 1) && in_both(place)
        };
        (1..order.len()).all(compared)
    }

    fn passes(&self) -> impl Iterator<Item = (SortDirection, &Reading)> {
        let ascending = self.ascending.iter().map(|reading| (SortDirection::Asc, reading));
        let descending = self.descending.iter().map(|reading| (SortDirection::Desc, reading));
        ascending.chain(descending)
    }

    /// The bytes that it takes.
    pub(crate) fn memory(&self) -> usize {
        let rows: usize = self.passes().map(|(_, reading)| reading.rows.capacity()).sum();
        (self.known.capacity() + rows) * size_of::<u32>()
    }

    /// Whether all this is about the segments with numbers below `len`, and each known once.
    pub(crate) fn fits(&self, len: usize) -> bool {
        let mut seen = vec![false; len];
        let new = |number: &u32| {
            seen.get_mut(*number as usize).is_some_and(|seen| !std::mem::replace(seen, true))
        };
        let mut rows = self.passes().flat_map(|(_, reading)| &reading.rows);
        self.known.iter().all(new) && rows.all(|number| (*number as usize) < len)
    }
}

/// Each once, where it was read last, and the oldest first.
fn oldest_first(rows: &[u32], direction: SortDirection) -> Vec<u32> {
    let mut seen = vec![false; length([rows, &[]])];
    let is_last = |number: &u32| !std::mem::replace(&mut seen[*number as usize], true);
    let mut last: Vec<u32> = rows.iter().rev().copied().filter(is_last).collect();
    if direction == SortDirection::Asc {
        last.reverse();
    }
    last
}

/// One more than the largest number.
fn length(of: [&[u32]; 2]) -> usize {
    let numbers = of.into_iter().flatten();
    numbers.max().map_or(0, |most| *most as usize + 1)
}

/// A base, and in it everything else of another order, beside the neighbours that it has there.
fn insert(base: &[u32], other: &[u32], adjacent: impl Fn(u32, u32) -> bool) -> Vec<u32> {
    let len = length([base, other]);
    let mut is_in_base = vec![false; len];
    for number in base {
        is_in_base[*number as usize] = true;
    }
    let mut before: Vec<&[u32]> = vec![&[]; len];
    let mut after: Vec<&[u32]> = vec![&[]; len];

    let mut shared = Vec::new();
    let (mut first, mut start): (&[u32], usize) = (&[], 0);
    for (end, newer) in other.iter().enumerate().filter(|(_, number)| is_in_base[**number as usize])
    {
        let run = &other[start..end];
        if let Some(older) = shared.last() {
            // Those that hang together with the older neighbour stay with it, the rest with the
            // newer.
            let mut pairs = std::iter::once(older).chain(run).zip(run);
            let apart = pairs.position(|(older, newer)| !adjacent(*older, *newer));
            let (with_older, with_newer) = run.split_at(apart.unwrap_or(run.len()));
            after[*older as usize] = with_older;
            before[*newer as usize] = with_newer;
        } else {
            first = run;
        }
        shared.push(*newer);
        start = end + 1;
    }
    let last = &other[start..];

    // What stands at an end of the other order does not belong between two that hang together, but
    // where it hangs together with the newer of them itself.
    let place = |number: Option<&u32>| base.iter().position(|other| Some(other) == number);
    let hang = |pair: &&[u32]| adjacent(pair[0], pair[1]);
    let (oldest, newest) = (shared.first(), shared.last());
    let free = !first.last().zip(oldest).is_some_and(|(older, newer)| adjacent(*older, *newer));
    let back = |place| base[..=place].windows(2).rev().take_while(|pair| free && hang(pair));
    let first_at = place(oldest).map_or(0, |place| place - back(place).count());
    let on = |place| base[place..].windows(2).take_while(hang);
    let last_at = place(newest).map_or(base.len(), |place| place + 1 + on(place).count());

    let mut all = Vec::with_capacity(base.len() + other.len());
    for (place, number) in base.iter().enumerate() {
        if place == first_at {
            all.extend(first);
        }
        all.extend(before[*number as usize]);
        all.push(*number);
        all.extend(after[*number as usize]);
        if place + 1 == last_at {
            all.extend(last);
        }
    }
    if base.is_empty() {
        all.extend(last);
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use SortDirection::{Asc, Desc};

    fn positions(pages: &[(u32, SortDirection, u32, &[u32])]) -> Positions {
        let mut positions = Positions::default();
        for (pass, direction, page, numbers) in pages {
            let list = ListRequest::page(*page).sort(*direction);
            positions.enter(*pass, list, numbers, |_, _| false);
        }
        positions
    }

    fn order(positions: &Positions) -> Vec<u32> {
        positions.order(|_, _| false)
    }

    #[test]
    fn a_segment_stands_where_it_was_read_last() {
        let pages: [(_, _, _, &[u32]); 3] =
            [(0, Asc, 0, &[0, 1]), (0, Asc, 1, &[2, 3]), (0, Asc, 2, &[1, 4])];
        assert_eq!(order(&positions(&pages)), [0, 2, 3, 1, 4]);
        let other = positions(&[(0, Asc, 0, &[0, 1]), (1, Desc, 0, &[2, 0]), (1, Desc, 1, &[1])]);
        assert_eq!(order(&other), [0, 2, 1], "2 stands behind 0, and 0 before 1");
        let later = positions(&[(0, Asc, 0, &[0, 1]), (1, Desc, 0, &[0, 1]), (2, Asc, 0, &[1, 0])]);
        assert_eq!(order(&later), [1, 0]);
    }

    #[test]
    fn what_a_pass_does_not_show_stays_with_its_neighbours() {
        let first = (0, Asc, 0, &[0, 1, 2, 3, 4][..]);
        let second = (2, Asc, 0, &[0, 5, 4, 6][..]);
        assert_eq!(order(&positions(&[first, second])), [0, 5, 1, 2, 3, 4, 6]);
        let mut linked = Positions::default();
        for (pass, direction, page, numbers) in [first, second] {
            let list = ListRequest::page(page).sort(direction);
            linked.enter(pass, list, numbers, |older, newer| (older, newer) == (0, 1));
        }
        assert_eq!(linked.order(|older, _| older == 0), [0, 1, 5, 2, 3, 4, 6]);
        let newest = (1, Desc, 0, &[4, 3, 1][..]);
        assert_eq!(order(&positions(&[(0, Asc, 0, &[0, 3]), newest])), [0, 1, 3, 4]);
    }

    #[test]
    fn nothing_new_comes_between_two_that_were_seen_side_by_side() {
        let before = [0, 2, 3, 4];
        assert_eq!(insert(&[0, 1], &before, |older, _| older == 0), [0, 1, 2, 3, 4]);
        assert_eq!(insert(&[0, 1], &before, |_, _| false), [0, 2, 3, 4, 1]);
        assert_eq!(insert(&[3, 4], &[0, 1, 4], |older, _| older == 3), [0, 1, 3, 4]);
        assert_eq!(insert(&[3, 4], &[0, 1, 4], |_, _| false), [3, 0, 1, 4]);
        assert_eq!(insert(&[3, 4], &[0, 1, 4], |_, newer| newer == 4), [3, 0, 1, 4]);
        assert_eq!(insert(&[0, 1], &[2, 3], |_, _| true), [0, 1, 2, 3]);
        assert_eq!(insert(&[], &[2, 3], |_, _| true), [2, 3]);
        assert_eq!(insert(&[2, 3], &[], |_, _| true), [2, 3]);
    }

    #[test]
    fn a_page_on_its_own_is_no_pass() {
        let pages: [(_, _, _, &[u32]); 4] = [
            (0, Asc, 0, &[0, 1]),
            (0, Asc, 1, &[2, 3]),
            (1, Desc, 0, &[3, 2]),
            (2, Asc, 1, &[4, 3]),
        ];
        let mut read = positions(&pages);
        assert_eq!(order(&read), [0, 1, 2, 4, 3]);
        read.enter(1, ListRequest::page(1).sort(Desc), &[1, 0], |_, _| false);
        assert_eq!(order(&read), [0, 1, 2, 4, 3]);
        assert!(read.agree(&[0, 1, 2, 3], |_, _| false), "both passes are still whole");
    }

    #[test]
    fn passes_agree_on_what_both_show_in_one_order() {
        let never = |_, _| false;
        let ascending = (0, Asc, 0, &[0, 1, 2][..]);
        assert!(!positions(&[ascending]).agree(&[0, 1, 2], never), "one pass is not two");
        let read = positions(&[ascending, (1, Desc, 0, &[2, 3, 1, 0])]);
        assert!(read.agree(&[0, 1, 2], never) && read.agree(&[0, 2], never));
        assert!(!read.agree(&[0, 1, 3, 2], never), "one does not show 3");
        assert!(!read.agree(&[0, 1, 3, 2], |_, newer| newer == 3), "nor what comes after it");
        assert!(read.agree(&[0, 1, 3, 2], |older, newer| older == 3 || newer == 3));
        assert!(!read.agree(&[1, 0, 2], |_, _| true));
        assert!(!positions(&[ascending, (1, Desc, 0, &[0, 1, 2])]).agree(&[0, 1, 2], never));
        assert!(read.agree(&[0], never) && read.agree(&[], never));
    }

    #[test]
    fn only_numbers_that_are_known_fit() {
        let read = positions(&[(0, Asc, 0, &[0, 1, 2]), (1, Desc, 0, &[3])]);
        assert!(read.fits(4) && !read.fits(3));
        assert_eq!(read.memory() / 4, 4);
    }
}
