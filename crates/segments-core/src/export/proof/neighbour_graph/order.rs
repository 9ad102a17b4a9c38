use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::NeighbourGraph;
use crate::export::proof::runs::Runs;
use crate::export::seen::segment_index::SegmentIndex;

impl NeighbourGraph {
    /// All segments in an order that agrees with every page, or nothing if there is none. Where no
    /// page compares two of them, the smaller `rank` comes first.
    pub(crate) fn order<T: Ord>(
        &self,
        rank: impl Fn(SegmentIndex) -> T,
    ) -> Option<Vec<SegmentIndex>> {
        let mut predecessors = vec![0_u32; self.len()];
        for segment in self.segments() {
            self.successors(segment).for_each(|next| predecessors[next.get()] += 1);
        }

        let entry = |segment: SegmentIndex| Reverse((rank(segment), segment));
        let is_free = |segment: &SegmentIndex| predecessors[segment.get()] == 0;
        let mut ready: BinaryHeap<_> = self.segments().filter(is_free).map(entry).collect();
        let mut order = Vec::with_capacity(self.len());

        // Along a chain the next is the least again and again, and need not go through the heap.
        let mut least = None;
        while let Some(Reverse((_, segment))) = least.take().or_else(|| ready.pop()) {
            order.push(segment);
            for next in self.successors(segment) {
                predecessors[next.get()] -= 1;
                if predecessors[next.get()] > 0 {
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

        // What is on a cycle never becomes free.
        let is_whole = order.len() == self.len();
        is_whole.then_some(order)
    }

    /// Whether no page shows two segments otherwise than this order of all.
    pub(crate) fn agrees_with(&self, order: &Runs) -> bool {
        // Mostly each leads to the one behind it in the order, and to no other.
        let mut elsewhere: Vec<_> = self.further_edges().collect();
        let mut behind = None;
        for run in order.runs().rev() {
            for segment in run.iter().rev() {
                let next = self.nodes[segment.get()].next();
                if next.is_some() && next != behind {
                    elsewhere.extend(next.map(|next| (segment, next)));
                }
                behind = Some(segment);
            }
        }
        if elsewhere.is_empty() {
            return true;
        }

        let mut ranks = vec![0_u32; self.len()];
        for (rank, segment) in (0..).zip(order.iter()) {
            ranks[segment.get()] = rank;
        }
        elsewhere.iter().all(|(older, newer)| ranks[older.get()] < ranks[newer.get()])
    }
}
