use std::collections::VecDeque;

use super::NeighbourGraph;
use crate::export::proof::runs::Runs;
use crate::export::seen::segment_index::SegmentIndex;
use crate::export::seen::slot::Slot;

/// A place where no page shows two neighbours side by side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Gap {
    pub(crate) after: Option<SegmentIndex>,
    pub(crate) before: Option<SegmentIndex>,
}

impl NeighbourGraph {
    /// The segments that are not on a shortest path from head to tail. Means nothing unless closed.
    pub(crate) fn off_path(&self) -> Vec<SegmentIndex> {
        if self.is_empty_list {
            return self.segments().collect();
        }

        let mut is_on_path = vec![false; self.len()];
        match self.heads[..] {
            [head] if self.more.is_empty() => self.mark_only_path(head, &mut is_on_path),
            _ => self.mark_shortest_path(&mut is_on_path),
        }
        self.segments().filter(|segment| !is_on_path[segment.get()]).collect()
    }

    /// Marks the path from the head, where each segment leads to one other at most.
    fn mark_only_path(&self, head: SegmentIndex, is_on_path: &mut [bool]) {
        let mut segment = head;
        while !std::mem::replace(&mut is_on_path[segment.get()], true) {
            let node = self.nodes[segment.get()];
            match node.next() {
                Some(next) if !node.tail => segment = next,
                _ => break,
            }
        }
    }

    pub(super) fn mark_shortest_path(&self, is_on_path: &mut [bool]) {
        let mut came_from = vec![None; self.len()];
        let mut queue: VecDeque<SegmentIndex> = self.heads.iter().copied().collect();
        self.heads.iter().for_each(|head| came_from[head.get()] = Slot::new(head.0));

        while let Some(mut segment) = queue.pop_front() {
            if self.nodes[segment.get()].tail {
                // Back along the path to its head, which came from itself.
                while !std::mem::replace(&mut is_on_path[segment.get()], true) {
                    segment = came_from[segment.get()].map_or(segment, |it| SegmentIndex(it.get()));
                }
                break;
            }
            for next in self.successors(segment) {
                if came_from[next.get()].is_none() {
                    came_from[next.get()] = Slot::new(segment.0);
                    queue.push_back(next);
                }
            }
        }
    }

    /// The segments that no chain of neighbours connects with the head or the tail of the list, in
    /// this order of all.
    pub(crate) fn unconnected<'a>(
        &'a self,
        order: &'a Runs,
    ) -> impl Iterator<Item = SegmentIndex> + 'a {
        let is_reached = |segment: SegmentIndex| self.nodes[segment.get()].reached;

        let mut reaches_tail = vec![self.is_empty_list; self.len()];
        // Mostly a path leads to all of them.
        if !order.iter().all(is_reached) {
            for segment in order.iter().rev() {
                let is_tail = self.nodes[segment.get()].tail;
                let reaches =
                    is_tail || self.successors(segment).any(|next| reaches_tail[next.get()]);
                reaches_tail[segment.get()] |= reaches;
            }
        }

        let is_connected =
            move |segment: SegmentIndex| is_reached(segment) || reaches_tail[segment.get()];
        order.iter().filter(move |segment| !is_connected(*segment))
    }

    /// The reached segment that comes last in this order: where a path to the tail must go on.
    pub(crate) fn frontier(&self, order: &Runs) -> Option<SegmentIndex> {
        order.iter().rev().find(|segment| self.nodes[segment.get()].reached)
    }

    /// Where the chain is broken, along this order.
    pub(crate) fn gaps(&self, order: &Runs) -> Vec<Gap> {
        let order = order.to_vec();
        let ends = |segment: SegmentIndex| {
            let node = &self.nodes[segment.get()];
            node.next.is_none() && !node.tail
        };
        let begins = |segment: SegmentIndex| {
            !self.nodes[segment.get()].preceded && !self.heads.contains(&segment)
        };

        let (Some(first), Some(last)) = (order.first(), order.last()) else {
            let whole_list = Gap { after: None, before: None };
            return if self.is_closed { Vec::new() } else { vec![whole_list] };
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
}
