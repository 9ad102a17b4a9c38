mod order;
mod path;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::export::seen::reserve::reserve_to;
use crate::export::seen::segment_index::SegmentIndex;
use crate::export::seen::slot::Slot;
use crate::message::request::{ListRequest, SortDirection};

pub(crate) use self::path::Gap;

/// Who stood next to whom, on any page: the evidence of theorem 1 (neighbours).
///
/// ```text
///  asc 0          asc 1            HEAD ─► a ─► b   c ─► d       the pages alone leave a gap
///  [a b]          [c d]
///          [b c]                   HEAD ─► a ─► b ─► c ─► d ─► TAIL
///       desc 1, reversed
/// ```
///
/// An edge leads from a segment to the one right behind it on some page, oldest first, whatever the
/// order and the time in which pages were read. A cycle shows that the order of the list is not
/// stable.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct NeighbourGraph {
    nodes: Vec<Node>,
    /// Successors beyond the first one of a node: few, because they take an edit in between.
    more: BTreeMap<SegmentIndex, Vec<SegmentIndex>>,
    /// What stood first on an ascending page 0.
    heads: Vec<SegmentIndex>,
    /// An ascending, a descending page 0 was empty.
    empty: (bool, bool),
    /// And the list was empty again, a moment later.
    is_empty_list: bool,
    is_closed: bool,
    is_contradicted: bool,
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

impl Node {
    fn next(self) -> Option<SegmentIndex> {
        self.next.map(|next| SegmentIndex(next.get()))
    }
}

impl NeighbourGraph {
    /// Makes nodes for new segments, so that `len` in all have one.
    pub(crate) fn extend_to(&mut self, len: usize) {
        reserve_to(&mut self.nodes, len);
        self.nodes.resize(len, Node::default());
    }

    /// Records the segments of a page, in its own order. Each has a node.
    pub(crate) fn record(&mut self, list: ListRequest, rows: &[SegmentIndex]) {
        match list.sort_direction.unwrap_or_default() {
            SortDirection::Asc => {
                if list.page == 0 {
                    self.record_head(rows.first().copied());
                }
                self.link(rows.windows(2).map(|pair| (pair[0], pair[1])));
            }
            SortDirection::Desc => {
                if list.page == 0 {
                    self.record_tail(rows.first().copied());
                }
                self.link(rows.windows(2).map(|pair| (pair[1], pair[0])));
            }
        }
    }

    fn record_head(&mut self, first: Option<SegmentIndex>) {
        match first {
            Some(first) if !self.heads.contains(&first) => {
                self.heads.push(first);
                self.reach(first);
            }
            Some(_) => {}
            None => self.empty.0 = true,
        }
    }

    fn record_tail(&mut self, last: Option<SegmentIndex>) {
        match last {
            Some(last) => {
                self.node(last).tail = true;
                self.is_closed |= self.node(last).reached;
            }
            None => self.empty.1 = true,
        }
    }

    /// The list is proven empty, so that no segment was listed all the time.
    pub(crate) fn set_empty_list(&mut self) {
        self.is_empty_list = true;
        self.is_closed = true;
    }

    /// Links neighbours, the older of each two first.
    fn link(&mut self, neighbours: impl Iterator<Item = (SegmentIndex, SegmentIndex)>) {
        for (older, newer) in neighbours {
            if self.follows(older, newer) {
                continue;
            }

            self.is_contradicted |= self.follows(newer, older);
            match self.node(older).next {
                None => self.node(older).next = Slot::new(newer.0),
                Some(_) => self.link_more(older, newer),
            }

            self.node(newer).preceded = true;
            if self.node(older).reached {
                self.reach(newer);
            }
        }
    }

    #[cold]
    fn link_more(&mut self, older: SegmentIndex, newer: SegmentIndex) {
        self.more.entry(older).or_default().push(newer);
    }

    /// Marks everything that a path leads to from here.
    fn reach(&mut self, from: SegmentIndex) {
        let mut branches = Vec::new();
        let mut here = Some(from);
        while let Some(segment) = here {
            let node = self.node(segment);
            let was_reached = std::mem::replace(&mut node.reached, true);
            let (next, is_tail) = (node.next(), node.tail);

            self.is_closed |= is_tail;
            if was_reached {
                here = branches.pop();
            } else {
                branches.extend(self.more.get(&segment).into_iter().flatten());
                here = next.or_else(|| branches.pop());
            }
        }
    }

    fn node(&mut self, segment: SegmentIndex) -> &mut Node {
        &mut self.nodes[segment.get()]
    }

    fn successors(&self, segment: SegmentIndex) -> impl Iterator<Item = SegmentIndex> + '_ {
        let first = self.nodes[segment.get()].next();
        let more = first.and_then(|_| self.more.get(&segment));
        first.into_iter().chain(more.into_iter().flatten().copied())
    }

    /// The edges from each segment to its successors beyond the first one.
    fn further_edges(&self) -> impl Iterator<Item = (SegmentIndex, SegmentIndex)> + '_ {
        self.more.iter().flat_map(|(older, more)| more.iter().map(|newer| (*older, *newer)))
    }

    fn segments(&self) -> impl DoubleEndedIterator<Item = SegmentIndex> + ExactSizeIterator {
        SegmentIndex::up_to(self.nodes.len())
    }

    /// How many segments it knows of.
    pub(crate) fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Whether a page has shown one right before the other.
    pub(crate) fn follows(&self, older: SegmentIndex, newer: SegmentIndex) -> bool {
        let first = self.nodes[older.get()].next();
        first == Some(newer) || first.is_some() && self.has_more(older, newer)
    }

    #[cold]
    fn has_more(&self, older: SegmentIndex, newer: SegmentIndex) -> bool {
        self.more.get(&older).is_some_and(|more| more.contains(&newer))
    }

    /// Whether a path leads from head to tail, or the list is proven empty.
    pub(crate) fn is_closed(&self) -> bool {
        self.is_closed
    }

    /// Whether two pages are known to show two segments in opposite orders. Cheap, and not all:
    /// [`NeighbourGraph::order`] finds longer cycles.
    pub(crate) fn is_contradicted(&self) -> bool {
        self.is_contradicted
    }

    /// Whether a list that is read in this direction ends with this segment, or is empty: page 0
    /// of the other direction began with it, or both were empty.
    pub(crate) fn is_end(&self, direction: SortDirection, last: Option<SegmentIndex>) -> bool {
        match (last, direction) {
            (None, _) => self.empty == (true, true),
            (Some(last), SortDirection::Asc) => self.nodes[last.get()].tail,
            (Some(last), SortDirection::Desc) => self.heads.contains(&last),
        }
    }

    /// The bytes that it takes, roughly.
    pub(crate) fn memory(&self) -> usize {
        const MORE: usize = 64;
        self.nodes.capacity() * size_of::<Node>() + self.more.len() * MORE
    }

    /// Whether all this is about the first `len` segments, each of which has a node.
    pub(crate) fn fits(&self, len: usize) -> bool {
        let is_known = |segment: &SegmentIndex| segment.get() < len;
        self.nodes.len() == len
            && self.nodes.iter().all(|node| node.next().is_none_or(|next| is_known(&next)))
            && self.heads.iter().all(is_known)
            && self.more.iter().all(|(older, more)| is_known(older) && more.iter().all(is_known))
    }
}
