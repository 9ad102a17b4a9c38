use serde::{Deserialize, Serialize};

use crate::export::proof::runs::Runs;
use crate::export::seen::pass_number::PassNumber;
use crate::export::seen::segment_index::SegmentIndex;
use crate::export::seen::slot::Slot;
use crate::message::request::{ListRequest, SortDirection};

/// Where segments stood in the passes through the list, which orders those that no page compares:
/// the evidence of theorem 7 (order).
///
/// Two segments that are listed all the time never change places. So a pass shows them in their
/// order, unless more segments than a page holds are archived or restored in the midst of it, just
/// so that they pass each other by; and a pass in the other direction would have to be deceived
/// alike.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Positions {
    /// Everything that was read before the passes below, oldest first, as it stood last.
    known: Runs,
    /// The last pass of each direction, as far as it was read.
    ascending: Option<Reading>,
    descending: Option<Reading>,
}

/// One pass: what its pages have shown, in its own order and with repetitions.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Reading {
    pass: PassNumber,
    next_page: u32,
    rows: Runs,
}

impl Positions {
    /// Records the segments of a page. Page 0 begins a pass, the page that follows continues it, and
    /// any other was read on its own. `adjacent` tells whether a page has shown a segment right
    /// before another one.
    pub(crate) fn record(
        &mut self,
        pass: PassNumber,
        list: ListRequest,
        rows: &Runs,
        adjacent: impl Fn(SegmentIndex, SegmentIndex) -> bool,
    ) {
        let direction = list.sort_direction.unwrap_or_default();
        let reading = match direction {
            SortDirection::Asc => &mut self.ascending,
            SortDirection::Desc => &mut self.descending,
        };
        let next_page = list.page.saturating_add(1);

        match reading {
            Some(reading) if reading.pass == pass && reading.next_page == list.page => {
                reading.rows.append(rows);
                reading.next_page = next_page;
            }
            _ if list.page == 0 => {
                let new = Reading { pass, next_page, rows: rows.clone() };
                let Some(old) = reading.replace(new) else { return };
                let rows = oldest_first(&old.rows, direction);
                let known = std::mem::take(&mut self.known);
                self.known = match direction {
                    SortDirection::Asc => insert(rows, &known, adjacent),
                    SortDirection::Desc => insert(known, &rows, adjacent),
                };
            }
            _ if rows.is_empty() => {}
            _ => {
                let rows = oldest_first(rows, direction);
                self.known = insert(self.order(&adjacent), &rows, &adjacent);
            }
        }
    }

    /// Everything that was read, oldest first, as the last ascending pass shows it. What that does
    /// not show is put beside its neighbours of earlier ones, or else of the descending ones.
    pub(crate) fn order(&self, adjacent: impl Fn(SegmentIndex, SegmentIndex) -> bool) -> Runs {
        let rows = |reading: &Option<Reading>, direction| {
            let rows = reading.as_ref().map(|reading| oldest_first(&reading.rows, direction));
            rows.unwrap_or_default()
        };

        let ascending = rows(&self.ascending, SortDirection::Asc);
        let order = insert(ascending, &self.known, &adjacent);
        insert(order, &rows(&self.descending, SortDirection::Desc), &adjacent)
    }

    /// Whether the last pass of each direction shows these in this order, and both show each two in
    /// a row that no page has shown so.
    pub(crate) fn agree(
        &self,
        order: &Runs,
        adjacent: impl Fn(SegmentIndex, SegmentIndex) -> bool,
    ) -> bool {
        let passes: Vec<Runs> =
            self.passes().map(|(direction, pass)| oldest_first(&pass.rows, direction)).collect();
        // So it mostly is.
        if passes.len() == 2 && passes.iter().all(|rows| rows == order) {
            return true;
        }

        let mut places: Vec<Option<Slot>> = vec![None; order.table_len()];
        let order = order.to_vec();
        for (place, segment) in (0..).zip(&order) {
            places[segment.get()] = Slot::new(place);
        }

        // By place: how many of the two passes show what is there.
        let mut shown_in = vec![0_u8; order.len()];
        for rows in passes {
            let place = |segment: SegmentIndex| places.get(segment.get()).copied().flatten();

            let mut least = 0;
            for place in rows.iter().filter_map(place).map(Slot::get) {
                if place < least {
                    return false;
                }
                least = place;
                shown_in[place as usize] += 1;
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
        let rows: usize = self.passes().map(|(_, reading)| reading.rows.memory()).sum();
        self.known.memory() + rows
    }

    /// Whether all this is about the first `len` segments, and each known once.
    pub(crate) fn fits(&self, len: usize) -> bool {
        let rows = self.passes().map(|(_, reading)| &reading.rows);
        rows.chain([&self.known]).all(|rows| rows.table_len() <= len) && self.known.is_distinct()
    }
}

/// Each once, where it was read last, and the oldest first.
fn oldest_first(rows: &Runs, direction: SortDirection) -> Runs {
    let last = if rows.is_distinct() { rows.reversed() } else { last_of_each(rows) };
    match direction {
        SortDirection::Asc => last.reversed(),
        SortDirection::Desc => last,
    }
}

/// Each once, where it was read last, and the last one first.
fn last_of_each(rows: &Runs) -> Runs {
    let mut seen = vec![false; rows.table_len()];
    let is_last = |segment: &SegmentIndex| !std::mem::replace(&mut seen[segment.get()], true);
    rows.iter().rev().filter(is_last).collect()
}

/// A base, and in it everything else of another order, beside the neighbours that it has there.
fn insert(base: Runs, other: &Runs, adjacent: impl Fn(SegmentIndex, SegmentIndex) -> bool) -> Runs {
    // So it mostly is.
    if base.covers(other) {
        return base;
    }

    let len = base.table_len().max(other.table_len());
    let (base, other) = (base.to_vec(), other.to_vec());
    let mut is_in_base = vec![false; len];
    for segment in &base {
        is_in_base[segment.get()] = true;
    }

    // The runs of the other order that the base lacks, each between two that both have.
    let mut before: Vec<&[SegmentIndex]> = vec![&[]; len];
    let mut after: Vec<&[SegmentIndex]> = vec![&[]; len];
    let mut shared = Vec::new();
    let (mut first, mut start): (&[SegmentIndex], usize) = (&[], 0);
    let is_shared = |(_, segment): &(usize, &SegmentIndex)| is_in_base[segment.get()];
    for (end, newer) in other.iter().enumerate().filter(is_shared) {
        let run = &other[start..end];
        if let Some(older) = shared.last() {
            // Those that hang together with the older neighbour stay with it, the others with the
            // newer.
            let mut pairs = std::iter::once(older).chain(run).zip(run);
            let apart = pairs.position(|(older, newer)| !adjacent(*older, *newer));
            let (with_older, with_newer) = run.split_at(apart.unwrap_or(run.len()));
            after[older.get()] = with_older;
            before[newer.get()] = with_newer;
        } else {
            first = run;
        }
        shared.push(*newer);
        start = end + 1;
    }
    let last = &other[start..];

    // What is at an end of the other order does not belong between two that hang together,
    // unless it hangs together with the newer of them itself.
    let place = |segment: &SegmentIndex| base.iter().position(|other| other == segment);
    let hangs = |pair: &&[SegmentIndex]| adjacent(pair[0], pair[1]);
    let (oldest, newest) = (shared.first(), shared.last());

    let is_held = first.last().zip(oldest).is_some_and(|(older, newer)| adjacent(*older, *newer));
    let back = |place| base[..=place].windows(2).rev().take_while(|pair| !is_held && hangs(pair));
    let first_at = oldest.and_then(place).map_or(0, |place| place - back(place).count());

    let on = |place| base[place..].windows(2).take_while(hangs);
    let last_at = newest.and_then(place).map_or(base.len(), |place| place + 1 + on(place).count());

    let mut all = Vec::with_capacity(base.len() + other.len());
    for (place, segment) in base.iter().enumerate() {
        if place == first_at {
            all.extend(first);
        }
        all.extend(before[segment.get()]);
        all.push(*segment);
        all.extend(after[segment.get()]);
        if place + 1 == last_at {
            all.extend(last);
        }
    }
    if base.is_empty() {
        all.extend(last);
    }
    Runs::from(all.as_slice())
}

#[cfg(test)]
mod tests {
    use SortDirection::{Asc, Desc};

    use super::*;
    use crate::export::seen::segment_index::segments;

    fn positions(pages: &[(u32, SortDirection, u32, &[u32])]) -> Positions {
        let mut positions = Positions::default();
        for (pass, direction, page, rows) in pages {
            let list = ListRequest::page(*page).sort(*direction);
            positions.record(PassNumber(*pass), list, &runs(rows), |_, _| false);
        }
        positions
    }

    fn runs(numbers: &[u32]) -> Runs {
        Runs::from(segments(numbers).as_slice())
    }

    fn order(positions: &Positions) -> Vec<u32> {
        numbers(&positions.order(|_, _| false))
    }

    fn numbers(segments: &Runs) -> Vec<u32> {
        segments.iter().map(|segment| segment.0).collect()
    }

    fn insert(base: &[u32], other: &[u32], adjacent: impl Fn(u32, u32) -> bool) -> Vec<u32> {
        let adjacent = |older: SegmentIndex, newer: SegmentIndex| adjacent(older.0, newer.0);
        numbers(&super::insert(runs(base), &runs(other), adjacent))
    }

    fn agree(read: &Positions, order: &[u32], adjacent: impl Fn(u32, u32) -> bool) -> bool {
        let adjacent = |older: SegmentIndex, newer: SegmentIndex| adjacent(older.0, newer.0);
        read.agree(&runs(order), adjacent)
    }

    #[test]
    fn a_segment_is_where_it_was_read_last() {
        let pages: [(_, _, _, &[u32]); 3] =
            [(0, Asc, 0, &[0, 1]), (0, Asc, 1, &[2, 3]), (0, Asc, 2, &[1, 4])];
        assert_eq!(order(&positions(&pages)), [0, 2, 3, 1, 4]);
        let other = positions(&[(0, Asc, 0, &[0, 1]), (1, Desc, 0, &[2, 0]), (1, Desc, 1, &[1])]);
        assert_eq!(order(&other), [0, 2, 1], "2 is behind 0, and 0 before 1");
        let later = positions(&[(0, Asc, 0, &[0, 1]), (1, Desc, 0, &[0, 1]), (2, Asc, 0, &[1, 0])]);
        assert_eq!(order(&later), [1, 0]);
    }

    #[test]
    fn what_a_pass_does_not_show_stays_with_its_neighbours() {
        let first = (0, Asc, 0, &[0, 1, 2, 3, 4][..]);
        let second = (2, Asc, 0, &[0, 5, 4, 6][..]);
        assert_eq!(order(&positions(&[first, second])), [0, 5, 1, 2, 3, 4, 6]);
        let mut linked = Positions::default();
        for (pass, direction, page, rows) in [first, second] {
            let list = ListRequest::page(page).sort(direction);
            let adjacent = |older: SegmentIndex, newer: SegmentIndex| (older.0, newer.0) == (0, 1);
            linked.record(PassNumber(pass), list, &runs(rows), adjacent);
        }
        let linked = linked.order(|older, _| older.0 == 0);
        assert_eq!(numbers(&linked), [0, 1, 5, 2, 3, 4, 6]);
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
        let list = ListRequest::page(1).sort(Desc);
        read.record(PassNumber(1), list, &runs(&[1, 0]), |_, _| false);
        assert_eq!(order(&read), [0, 1, 2, 4, 3]);
        assert!(agree(&read, &[0, 1, 2, 3], |_, _| false), "both passes are still whole");
    }

    #[test]
    fn passes_agree_on_what_both_show_in_one_order() {
        let never = |_, _| false;
        let ascending = (0, Asc, 0, &[0, 1, 2][..]);
        assert!(!agree(&positions(&[ascending]), &[0, 1, 2], never), "one pass is not two");
        let read = positions(&[ascending, (1, Desc, 0, &[2, 3, 1, 0])]);
        assert!(agree(&read, &[0, 1, 2], never) && agree(&read, &[0, 2], never));
        assert!(!agree(&read, &[0, 1, 3, 2], never), "one does not show 3");
        assert!(!agree(&read, &[0, 1, 3, 2], |_, newer| newer == 3), "nor what comes after it");
        assert!(agree(&read, &[0, 1, 3, 2], |older, newer| older == 3 || newer == 3));
        assert!(!agree(&read, &[1, 0, 2], |_, _| true));
        assert!(!agree(&positions(&[ascending, (1, Desc, 0, &[0, 1, 2])]), &[0, 1, 2], never));
        assert!(agree(&read, &[0], never) && agree(&read, &[], never));
    }

    #[test]
    fn only_numbers_that_are_known_fit() {
        let read = positions(&[(0, Asc, 0, &[0, 1, 2]), (1, Desc, 0, &[3])]);
        assert!(read.fits(4) && !read.fits(3));
        assert_eq!(read.memory() / 4, 4);
    }
}
