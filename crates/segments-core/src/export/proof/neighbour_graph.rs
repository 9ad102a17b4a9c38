use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap, VecDeque};

use serde::{Deserialize, Serialize};

use crate::export::seen::ids::make_room;
use crate::export::seen::slot::Slot;
use crate::message::request::{ListRequest, SortDirection};

/// Who stood next to whom, in any answer: the proof that nothing is missing.
///
/// Two segments side by side in one answer had nothing between them at that moment. So if edges
/// lead from the head of the list to its tail, a segment that was listed all the time cannot lie
/// between two of them, and must be one of them. It does not matter in which order, in which
/// direction or how often pages were read, nor what was edited meanwhile.
///
/// ```text
///  asc 0          asc 1            HEAD ─► a ─► b   c ─► d       the pages alone leave a gap
///  [a b]          [c d]
///          [b c]                   HEAD ─► a ─► b ─► c ─► d ─► TAIL
///       desc 1, turned round
/// ```
///
/// Rests on R2: the order is total and does not change, and descending is ascending reversed. A
/// cycle shows that it does not hold.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct NeighbourGraph {
    nodes: Vec<Node>,
    /// Successors beyond the first one of a node: few, because they take an edit in between.
    more: BTreeMap<u32, Vec<u32>>,
    /// What stood first on an ascending page 0.
    heads: Vec<u32>,
    /// An ascending, a descending page 0 was empty.
    empty: (bool, bool),
    /// And it was empty again, a moment later.
    emptied: bool,
    closed: bool,
    contradicted: bool,
}

#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
struct Node {
    next: Option<Slot>,
    /// A path leads here from the head.
    reached: bool,
    /// Stood first on a descending page 0: nothing newer was listed.
    tail: bool,
    /// Something stood before it.
    preceded: bool,
}

/// A place where no answer shows two neighbours side by side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Gap {
    pub(crate) after: Option<u32>,
    pub(crate) before: Option<u32>,
}

impl NeighbourGraph {
    /// Enters an answer: the numbers of its segments in its own order.
    pub(crate) fn enter(&mut self, list: ListRequest, numbers: &[u32]) {
        if let Some(most) = numbers.iter().max() {
            let len = self.nodes.len().max(*most as usize + 1);
            make_room(&mut self.nodes, len);
            self.nodes.resize_with(len, Node::default);
        }
        match list.sort_direction.unwrap_or_default() {
            SortDirection::Asc => {
                if list.page == 0 {
                    self.enter_head(numbers.first().copied());
                }
                numbers.windows(2).for_each(|pair| self.link(pair[0], pair[1]));
            }
            SortDirection::Desc => {
                if list.page == 0 {
                    self.enter_tail(numbers.first().copied());
                }
                numbers.windows(2).for_each(|pair| self.link(pair[1], pair[0]));
            }
        }
    }

    fn enter_head(&mut self, first: Option<u32>) {
        match first {
            Some(first) if !self.heads.contains(&first) => {
                self.heads.push(first);
                self.reach(first);
            }
            Some(_) => {}
            None => self.enter_empty(true, false),
        }
    }

    fn enter_tail(&mut self, last: Option<u32>) {
        match last {
            Some(last) => {
                self.node(last).tail = true;
                self.closed |= self.node(last).reached;
            }
            None => self.enter_empty(false, true),
        }
    }

    fn enter_empty(&mut self, asc: bool, desc: bool) {
        self.empty = (self.empty.0 || asc, self.empty.1 || desc);
    }

    /// The list was empty, and it was empty when it was asked for again: nothing was listed all
    /// the time. Not without the second time, because both ends can be empty in an outage.
    pub(crate) fn confirm_empty(&mut self) {
        self.emptied = true;
        self.closed = true;
    }

    fn link(&mut self, older: u32, newer: u32) {
        if self.follows(older, newer) {
            return;
        }
        self.contradicted |= self.follows(newer, older);
        match self.node(older).next {
            None => self.node(older).next = Slot::new(newer),
            Some(_) => self.more.entry(older).or_default().push(newer),
        }
        self.node(newer).preceded = true;
        if self.node(older).reached {
            self.reach(newer);
        }
    }

    /// How many segments it knows of.
    pub(crate) fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Whether an answer has shown one right before the other.
    pub(crate) fn follows(&self, older: u32, newer: u32) -> bool {
        let first = self.nodes[older as usize].next.map(Slot::get);
        first == Some(newer)
            || first.is_some() && self.more.get(&older).is_some_and(|more| more.contains(&newer))
    }

    fn reach(&mut self, from: u32) {
        let mut stack = vec![from];
        while let Some(number) = stack.pop() {
            let node = self.node(number);
            if std::mem::replace(&mut node.reached, true) {
                continue;
            }
            self.closed |= self.nodes[number as usize].tail;
            stack.extend(self.successors(number));
        }
    }

    fn node(&mut self, number: u32) -> &mut Node {
        &mut self.nodes[number as usize]
    }

    fn successors(&self, number: u32) -> impl Iterator<Item = u32> + '_ {
        let first = self.nodes[number as usize].next.map(Slot::get);
        let more = first.and_then(|_| self.more.get(&number));
        first.into_iter().chain(more.into_iter().flatten().copied())
    }

    /// The bytes that it takes, roughly.
    pub(crate) fn memory(&self) -> usize {
        const MORE: usize = 64;
        self.nodes.capacity() * size_of::<Node>() + self.more.len() * MORE
    }

    /// Whether all this is about the segments with numbers below `len`, each of which has a node.
    pub(crate) fn fits(&self, len: usize) -> bool {
        let known = |number: u32| (number as usize) < len;
        self.nodes.len() == len
            && self.nodes.iter().all(|node| node.next.is_none_or(|next| known(next.get())))
            && self.heads.iter().all(|head| known(*head))
            && self
                .more
                .iter()
                .all(|(older, more)| known(*older) && more.iter().all(|newer| known(*newer)))
    }

    /// Whether a path leads from head to tail.
    pub(crate) fn closed(&self) -> bool {
        self.closed
    }

    /// Whether a list that is read in this direction ends with this segment, or is empty: page 0
    /// of the other direction began with it, or both were empty.
    pub(crate) fn is_end(&self, direction: SortDirection, last: Option<u32>) -> bool {
        match (last, direction) {
            (None, _) => self.empty == (true, true),
            (Some(last), SortDirection::Asc) => self.nodes[last as usize].tail,
            (Some(last), SortDirection::Desc) => self.heads.contains(&last),
        }
    }

    /// Whether two answers are known to show two segments in opposite orders. Cheap, and not all:
    /// [`NeighbourGraph::order`] finds longer cycles.
    pub(crate) fn contradicted(&self) -> bool {
        self.contradicted
    }

    /// All segments in an order that agrees with every answer, or nothing if there is none. Where
    /// no answer compares two of them, the smaller `rank` comes first.
    pub(crate) fn order<T: Ord>(&self, rank: impl Fn(u32) -> T) -> Option<Vec<u32>> {
        let mut predecessors = vec![0_u32; self.nodes.len()];
        for number in self.numbers() {
            self.successors(number).for_each(|next| predecessors[next as usize] += 1);
        }
        let entry = |number: u32| Reverse((rank(number), number));
        let free = |number: &u32| predecessors[*number as usize] == 0;
        let mut ready: BinaryHeap<_> = self.numbers().filter(free).map(entry).collect();
        let mut order = Vec::with_capacity(self.nodes.len());
        // Along a chain the next is the least again and again, and need not go through the heap.
        let mut least = None;
        while let Some(Reverse((_, number))) = least.take().or_else(|| ready.pop()) {
            order.push(number);
            for next in self.successors(number) {
                predecessors[next as usize] -= 1;
                if predecessors[next as usize] > 0 {
                    continue;
                }
                let next = entry(next);
                if least.is_none() && ready.peek().is_none_or(|ready| next >= *ready) {
                    least = Some(next);
                } else {
                    ready.extend(least.take());
                    ready.push(next);
                }
            }
        }
        (order.len() == self.nodes.len()).then_some(order)
    }

    /// The segments that are not on a shortest path from head to tail: each was unlisted at some
    /// moment, or the path could not pass it by. Means nothing unless closed.
    pub(crate) fn off_path(&self) -> Vec<u32> {
        if self.emptied {
            return self.numbers().collect();
        }
        let mut from = vec![None; self.nodes.len()];
        let mut queue: VecDeque<u32> = self.heads.iter().copied().collect();
        self.heads.iter().for_each(|head| from[*head as usize] = Some(*head));
        let mut on_path = vec![false; self.nodes.len()];
        while let Some(mut number) = queue.pop_front() {
            if self.nodes[number as usize].tail {
                while !std::mem::replace(&mut on_path[number as usize], true) {
                    number = from[number as usize].unwrap_or(number);
                }
                break;
            }
            for next in self.successors(number) {
                if from[next as usize].is_none() {
                    from[next as usize] = Some(number);
                    queue.push_back(next);
                }
            }
        }
        self.numbers().filter(|number| !on_path[*number as usize]).collect()
    }

    /// The segments that no chain of neighbours connects with the head or the tail of the list, in
    /// this order of all. If the order is what it is taken for, the other answers have to show how
    /// they came or went; a server that sorts within its pages shows that of no page but the first.
    pub(crate) fn unconnected<'a>(&'a self, order: &'a [u32]) -> impl Iterator<Item = u32> + 'a {
        let mut reaches_tail = vec![self.emptied; self.nodes.len()];
        for number in order.iter().rev() {
            let node = &self.nodes[*number as usize];
            let reaches =
                node.tail || self.successors(*number).any(|next| reaches_tail[next as usize]);
            reaches_tail[*number as usize] |= reaches;
        }
        let connected =
            move |number: u32| self.nodes[number as usize].reached || reaches_tail[number as usize];
        order.iter().copied().filter(move |number| !connected(*number))
    }

    /// The reached segment that comes last in this order: where a path to the tail must go on.
    pub(crate) fn frontier(&self, order: &[u32]) -> Option<u32> {
        order.iter().rev().copied().find(|number| self.nodes[*number as usize].reached)
    }

    /// Where the chain is broken, along this order.
    pub(crate) fn gaps(&self, order: &[u32]) -> Vec<Gap> {
        let ends = |number: u32| {
            let node = &self.nodes[number as usize];
            node.next.is_none() && !node.tail
        };
        let begins =
            |number: u32| !self.nodes[number as usize].preceded && !self.heads.contains(&number);
        let (Some(first), Some(last)) = (order.first(), order.last()) else {
            return if self.closed { Vec::new() } else { vec![Gap { after: None, before: None }] };
        };
        let mut gaps = Vec::new();
        if begins(*first) {
            gaps.push(Gap { after: None, before: Some(*first) });
        }
        for pair in order.windows(2).filter(|pair| ends(pair[0]) || begins(pair[1])) {
            gaps.push(Gap { after: Some(pair[0]), before: Some(pair[1]) });
        }
        if ends(*last) {
            gaps.push(Gap { after: Some(*last), before: None });
        }
        gaps
    }

    // Numbers fit in 32 bits: `IdTable` sees to it.
    #[allow(clippy::cast_possible_truncation)]
    fn numbers(&self) -> std::ops::Range<u32> {
        0..self.nodes.len() as u32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn graph(pages: &[(SortDirection, u32, &[u32])]) -> NeighbourGraph {
        let mut graph = NeighbourGraph::default();
        for (direction, page, numbers) in pages {
            graph.enter(ListRequest::page(*page).sort(*direction), numbers);
        }
        graph
    }

    use SortDirection::{Asc, Desc};

    #[test]
    fn pages_of_one_direction_leave_gaps() {
        let graph = graph(&[(Asc, 0, &[0, 1]), (Asc, 1, &[2, 3]), (Asc, 2, &[])]);
        assert!(!graph.closed());
        let order = graph.order(|number| number).unwrap();
        let gap = |after, before| Gap { after, before };
        assert_eq!(graph.gaps(&order), [gap(Some(1), Some(2)), gap(Some(3), None)]);
        assert_eq!(graph.frontier(&order), Some(1));
    }

    #[test]
    fn the_other_direction_closes_them() {
        let pages: [(_, _, &[u32]); 4] =
            [(Asc, 0, &[0, 1]), (Desc, 0, &[4, 3]), (Asc, 1, &[2, 3]), (Desc, 1, &[2, 1])];
        let graph = graph(&pages);
        assert!(graph.closed() && !graph.contradicted());
        assert_eq!(graph.order(|number| number).unwrap(), [0, 1, 2, 3, 4]);
        assert!(graph.off_path().is_empty() && graph.gaps(&[0, 1, 2, 3, 4]).is_empty());
        assert_eq!(graph.frontier(&[0, 1, 2, 3, 4]), Some(4));
    }

    #[test]
    fn what_was_passed_by_is_volatile() {
        // 1 was archived between the two answers.
        let graph = graph(&[(Asc, 0, &[0, 1, 2]), (Desc, 0, &[2, 0])]);
        assert!(graph.closed());
        assert_eq!(graph.off_path(), [1]);
        assert_eq!(graph.order(|number| number).unwrap(), [0, 1, 2]);
    }

    #[test]
    fn opposite_orders_contradict() {
        assert!(graph(&[(Asc, 0, &[0, 1]), (Desc, 0, &[0, 1])]).contradicted());
        let cycle = graph(&[(Asc, 0, &[0, 1]), (Asc, 1, &[1, 2]), (Asc, 2, &[2, 0])]);
        assert!(!cycle.contradicted());
        assert_eq!(cycle.order(|number| number), None);
    }

    #[test]
    fn an_empty_list_is_not_believed_at_once() {
        let mut empty = graph(&[(Asc, 0, &[]), (Desc, 0, &[])]);
        assert!(!empty.closed());
        empty.confirm_empty();
        assert!(empty.closed() && empty.gaps(&[]).is_empty());
    }

    #[test]
    fn what_was_listed_before_the_list_was_empty_is_volatile() {
        let mut emptied = graph(&[(Asc, 0, &[0, 1]), (Desc, 0, &[]), (Asc, 0, &[])]);
        emptied.confirm_empty();
        assert_eq!(emptied.off_path(), [0, 1]);
        assert_eq!(emptied.unconnected(&[0, 1]).count(), 0);
    }

    #[test]
    fn pages_that_are_only_turned_round_are_connected_with_nothing() {
        let turned: [(_, _, &[u32]); 3] =
            [(Asc, 0, &[0, 1]), (Desc, 0, &[1, 0]), (Asc, 1, &[2, 3])];
        let order = [0, 1, 2, 3];
        let unconnected = |graph: &NeighbourGraph| graph.unconnected(&order).collect::<Vec<u32>>();
        let alone = graph(&turned);
        assert!(alone.closed());
        assert_eq!(unconnected(&alone), [2, 3]);
        // They were created after the first time that the newest was asked for.
        let grown: [(_, _, &[u32]); 1] = [(Desc, 0, &[3, 2])];
        assert!(unconnected(&graph(&[&turned[..], &grown].concat())).is_empty());
        // They were restored behind the reader.
        let restored: [(_, _, &[u32]); 1] = [(Asc, 0, &[0, 2])];
        assert!(unconnected(&graph(&[&turned[..], &restored].concat())).is_empty());
    }

    #[test]
    fn where_nothing_compares_the_rank_decides() {
        let chains = graph(&[(Asc, 0, &[0, 2]), (Asc, 1, &[1, 3])]);
        assert_eq!(chains.order(|number| number), Some(vec![0, 1, 2, 3]));
        assert_eq!(chains.order(|number| number % 2), Some(vec![0, 2, 1, 3]));
        let branches = graph(&[(Asc, 0, &[0, 1]), (Asc, 0, &[0, 2])]);
        assert_eq!(branches.order(|number| number), Some(vec![0, 1, 2]));
        assert_eq!(branches.order(Reverse), Some(vec![0, 2, 1]));
    }

    #[test]
    fn a_gap_is_where_one_side_has_no_neighbour() {
        let order = [0, 1, 2, 3];
        let gap = Gap { after: Some(1), before: Some(2) };
        // 1 was created between 0 and 2, or archived: it was never seen beside 2.
        let ends = graph(&[(Asc, 0, &[0, 2, 3]), (Asc, 0, &[0, 1]), (Desc, 0, &[3])]);
        assert_eq!(ends.gaps(&order), [gap]);
        // 2 was never seen beside 1, and 1 was beside 3.
        let begins = graph(&[(Asc, 0, &[0, 1, 3]), (Desc, 0, &[3, 2])]);
        assert_eq!(begins.gaps(&order), [gap]);
        let unknown = graph(&[(Asc, 1, &[0, 1, 2, 3])]);
        let (before, after) = (Some(0), Some(3));
        let (first, last) = (Gap { after: None, before }, Gap { after, before: None });
        assert_eq!(unknown.gaps(&order), [first, last]);
        assert_eq!(NeighbourGraph::default().gaps(&[]), [Gap { after: None, before: None }]);
    }

    #[test]
    fn a_second_neighbour_counts_like_the_first() {
        let two: [(_, _, &[u32]); 2] = [(Asc, 0, &[0, 1]), (Asc, 0, &[0, 2])];
        let third: [(_, _, &[u32]); 1] = [(Desc, 0, &[2, 0])];
        let agreed = graph(&[&two[..], &third].concat());
        assert!(agreed.closed() && !agreed.contradicted());
        assert_eq!((agreed.heads.len(), agreed.more[&0].len()), (1, 1), "nothing is kept twice");
        let third: [(_, _, &[u32]); 1] = [(Asc, 1, &[2, 0])];
        assert!(graph(&[&two[..], &third].concat()).contradicted());
    }

    #[test]
    fn the_end_of_one_direction_is_the_beginning_of_the_other() {
        let open = graph(&[(Asc, 0, &[0, 1]), (Desc, 0, &[3, 2])]);
        let ends = |direction| [0, 1, 2, 3].map(|number| open.is_end(direction, Some(number)));
        assert_eq!(ends(Asc), [false, false, false, true]);
        assert_eq!(ends(Desc), [true, false, false, false]);
        assert!(!open.is_end(Asc, None));
        assert!(graph(&[(Asc, 0, &[]), (Desc, 0, &[])]).is_end(Asc, None));
    }

    #[test]
    fn memory_goes_by_segments_and_by_second_neighbours() {
        let row: Vec<u32> = (0..1000).collect();
        let mut graph = graph(&[(Asc, 0, &row)]);
        let first = graph.memory();
        assert!((1000..1500).contains(&(first / size_of::<Node>())), "{first}");
        graph.enter(ListRequest::page(1).sort(Asc), &[0, 2, 4]);
        assert_eq!(graph.memory() - first, 2 * 64);
    }

    #[test]
    fn only_numbers_that_are_known_fit() {
        let good = graph(&[(Asc, 0, &[0, 1, 2]), (Desc, 0, &[2, 0])]);
        assert!(good.fits(3) && !good.fits(4) && !good.fits(2));
        let not = |change: fn(&mut NeighbourGraph)| {
            let mut graph = good.clone();
            change(&mut graph);
            assert!(!graph.fits(3), "{graph:?}");
        };
        not(|graph| graph.nodes[0].next = Slot::new(3));
        not(|graph| graph.heads.push(3));
        not(|graph| graph.more.entry(0).or_default().push(3));
        not(|graph| drop(graph.more.insert(3, vec![0])));
    }
}
