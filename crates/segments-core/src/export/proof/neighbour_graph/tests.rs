use std::cmp::Reverse;

use SortDirection::{Asc, Desc};

use super::*;
use crate::export::proof::runs::Runs;

const A: SegmentIndex = SegmentIndex(0);
const B: SegmentIndex = SegmentIndex(1);
const C: SegmentIndex = SegmentIndex(2);
const D: SegmentIndex = SegmentIndex(3);
const E: SegmentIndex = SegmentIndex(4);

fn graph(pages: &[(SortDirection, u32, &[SegmentIndex])]) -> NeighbourGraph {
    let mut graph = NeighbourGraph::default();
    for (direction, page, rows) in pages {
        let newest = rows.iter().map(|segment| segment.get() + 1).max();
        graph.extend_to(graph.len().max(newest.unwrap_or(0)));
        graph.record(ListRequest::page(*page).sort(*direction), rows);
    }
    graph
}

fn runs(order: &[SegmentIndex]) -> Runs {
    Runs::from(order)
}

#[test]
fn pages_of_one_direction_leave_gaps() {
    let graph = graph(&[(Asc, 0, &[A, B]), (Asc, 1, &[C, D]), (Asc, 2, &[])]);
    assert!(!graph.is_closed());
    let order = graph.order(|segment| segment).unwrap();
    let gap = |after, before| Gap { after, before };
    assert_eq!(graph.gaps(&runs(&order)), [gap(Some(B), Some(C)), gap(Some(D), None)]);
    assert_eq!(graph.frontier(&runs(&order)), Some(B));
}

#[test]
fn the_other_direction_closes_them() {
    let pages: [(_, _, &[SegmentIndex]); 4] =
        [(Asc, 0, &[A, B]), (Desc, 0, &[E, D]), (Asc, 1, &[C, D]), (Desc, 1, &[C, B])];
    let graph = graph(&pages);
    assert!(graph.is_closed() && !graph.is_contradicted());
    assert_eq!(graph.order(|segment| segment).unwrap(), [A, B, C, D, E]);
    assert!(graph.off_path().is_empty() && graph.gaps(&runs(&[A, B, C, D, E])).is_empty());
    assert_eq!(graph.frontier(&runs(&[A, B, C, D, E])), Some(E));
}

#[test]
fn what_was_passed_by_was_unlisted_meanwhile() {
    // B was archived between the two responses.
    let graph = graph(&[(Asc, 0, &[A, B, C]), (Desc, 0, &[C, A])]);
    assert!(graph.is_closed());
    assert_eq!(graph.off_path(), [B]);
    assert_eq!(graph.order(|segment| segment).unwrap(), [A, B, C]);
}

#[test]
fn opposite_orders_contradict() {
    assert!(graph(&[(Asc, 0, &[A, B]), (Desc, 0, &[A, B])]).is_contradicted());
    let cycle = graph(&[(Asc, 0, &[A, B]), (Asc, 1, &[B, C]), (Asc, 2, &[C, A])]);
    assert!(!cycle.is_contradicted());
    assert_eq!(cycle.order(|segment| segment), None);
}

#[test]
fn an_empty_list_is_not_believed_at_once() {
    let mut empty = graph(&[(Asc, 0, &[]), (Desc, 0, &[])]);
    assert!(!empty.is_closed());
    empty.set_empty_list();
    assert!(empty.is_closed() && empty.gaps(&runs(&[])).is_empty());
}

#[test]
fn what_was_listed_before_the_list_was_empty_was_unlisted_meanwhile() {
    let mut emptied = graph(&[(Asc, 0, &[A, B]), (Desc, 0, &[]), (Asc, 0, &[])]);
    emptied.set_empty_list();
    assert_eq!(emptied.off_path(), [A, B]);
    assert_eq!(emptied.unconnected(&runs(&[A, B])).count(), 0);
}

#[test]
fn pages_that_are_only_reversed_are_connected_with_nothing() {
    let reversed: [(_, _, &[SegmentIndex]); 3] =
        [(Asc, 0, &[A, B]), (Desc, 0, &[B, A]), (Asc, 1, &[C, D])];
    let order = [A, B, C, D];
    let unconnected = |graph: &NeighbourGraph| graph.unconnected(&runs(&order)).collect::<Vec<_>>();
    let alone = graph(&reversed);
    assert!(alone.is_closed());
    assert_eq!(unconnected(&alone), [C, D]);
    // They were created after the first time that the newest was asked for.
    let grown: [(_, _, &[SegmentIndex]); 1] = [(Desc, 0, &[D, C])];
    assert!(unconnected(&graph(&[&reversed[..], &grown].concat())).is_empty());
    // They were restored behind the reader.
    let restored: [(_, _, &[SegmentIndex]); 1] = [(Asc, 0, &[A, C])];
    assert!(unconnected(&graph(&[&reversed[..], &restored].concat())).is_empty());
}

#[test]
fn where_nothing_compares_the_rank_decides() {
    let chains = graph(&[(Asc, 0, &[A, C]), (Asc, 1, &[B, D])]);
    assert_eq!(chains.order(|segment| segment), Some(vec![A, B, C, D]));
    assert_eq!(chains.order(|segment| segment.0 % 2), Some(vec![A, C, B, D]));
    let branches = graph(&[(Asc, 0, &[A, B]), (Asc, 0, &[A, C])]);
    assert_eq!(branches.order(|segment| segment), Some(vec![A, B, C]));
    assert_eq!(branches.order(Reverse), Some(vec![A, C, B]));
}

#[test]
fn ranks_that_agree_with_every_page_are_the_order() {
    let pages: [(_, _, &[SegmentIndex]); 3] =
        [(Asc, 0, &[A, B]), (Asc, 0, &[A, C]), (Desc, 0, &[E, D, B])];
    let graph = graph(&pages);
    let mut agreed = 0;
    for code in 0..5_usize.pow(5) {
        let rank = |segment: SegmentIndex| code / 5_usize.pow(segment.0) % 5;
        let mut all = [A, B, C, D, E];
        all.sort_by_key(|segment| rank(*segment));
        let is_distinct = all.windows(2).all(|pair| rank(pair[0]) < rank(pair[1]));
        if is_distinct && graph.agrees_with(&runs(&all)) {
            agreed += 1;
            assert_eq!(graph.order(rank), Some(all.to_vec()));
        }
    }
    // A is the first, and C has four places among B, D and E.
    assert_eq!(agreed, 4);
}

#[test]
fn a_gap_is_where_one_side_has_no_neighbour() {
    let order = [A, B, C, D];
    let gap = Gap { after: Some(B), before: Some(C) };
    // B was created between A and C, or archived: it was never seen beside C.
    let ends = graph(&[(Asc, 0, &[A, C, D]), (Asc, 0, &[A, B]), (Desc, 0, &[D])]);
    assert_eq!(ends.gaps(&runs(&order)), [gap]);
    // C was never seen beside B, and B was beside D.
    let begins = graph(&[(Asc, 0, &[A, B, D]), (Desc, 0, &[D, C])]);
    assert_eq!(begins.gaps(&runs(&order)), [gap]);
    let unknown = graph(&[(Asc, 1, &[A, B, C, D])]);
    let (before, after) = (Some(A), Some(D));
    let (first, last) = (Gap { after: None, before }, Gap { after, before: None });
    assert_eq!(unknown.gaps(&runs(&order)), [first, last]);
    assert_eq!(NeighbourGraph::default().gaps(&runs(&[])), [Gap { after: None, before: None }]);
}

#[test]
fn a_second_neighbour_counts_like_the_first() {
    let two: [(_, _, &[SegmentIndex]); 2] = [(Asc, 0, &[A, B]), (Asc, 0, &[A, C])];
    let third: [(_, _, &[SegmentIndex]); 1] = [(Desc, 0, &[C, A])];
    let agreed = graph(&[&two[..], &third].concat());
    assert!(agreed.is_closed() && !agreed.is_contradicted());
    assert_eq!((agreed.heads.len(), agreed.more[&A].len()), (1, 1), "nothing is kept twice");
    let third: [(_, _, &[SegmentIndex]); 1] = [(Asc, 1, &[C, A])];
    assert!(graph(&[&two[..], &third].concat()).is_contradicted());
}

#[test]
fn the_end_of_one_direction_is_the_beginning_of_the_other() {
    let open = graph(&[(Asc, 0, &[A, B]), (Desc, 0, &[D, C])]);
    let ends = |direction| [A, B, C, D].map(|segment| open.is_end(direction, Some(segment)));
    assert_eq!(ends(Asc), [false, false, false, true]);
    assert_eq!(ends(Desc), [true, false, false, false]);
    assert!(!open.is_end(Asc, None));
    assert!(graph(&[(Asc, 0, &[]), (Desc, 0, &[])]).is_end(Asc, None));
}

#[test]
fn memory_goes_by_segments_and_by_second_neighbours() {
    let row: Vec<_> = SegmentIndex::up_to(1000).collect();
    let mut graph = graph(&[(Asc, 0, &row)]);
    let first = graph.memory();
    assert!((1000..1500).contains(&(first / size_of::<Node>())), "{first}");
    graph.record(ListRequest::page(1).sort(Asc), &[A, C, E]);
    assert_eq!(graph.memory() - first, 2 * 64);
}

#[test]
fn only_numbers_that_are_known_fit() {
    let good = graph(&[(Asc, 0, &[A, B, C]), (Desc, 0, &[C, A])]);
    assert!(good.fits(3) && !good.fits(4) && !good.fits(2));
    let not = |change: fn(&mut NeighbourGraph)| {
        let mut graph = good.clone();
        change(&mut graph);
        assert!(!graph.fits(3), "{graph:?}");
    };
    not(|graph| graph.nodes[0].next = Slot::new(3));
    not(|graph| graph.heads.push(D));
    not(|graph| graph.more.entry(A).or_default().push(D));
    not(|graph| drop(graph.more.insert(D, vec![A])));
}

#[test]
fn the_only_path_is_the_shortest() {
    let beside: [(_, _, &[SegmentIndex]); 3] =
        [(Asc, 0, &[A, B, C]), (Desc, 0, &[C]), (Asc, 1, &[D, E])];
    let behind_the_tail: [(_, _, &[SegmentIndex]); 2] = [(Asc, 0, &[A, B, C, D]), (Desc, 0, &[B])];
    for (pages, expected) in [(&beside[..], &[D, E][..]), (&behind_the_tail, &[C, D])] {
        let graph = graph(pages);
        assert!(graph.is_closed() && graph.more.is_empty());
        let mut is_on_path = vec![false; graph.len()];
        graph.mark_shortest_path(&mut is_on_path);
        let off_path: Vec<_> = graph.segments().filter(|it| !is_on_path[it.get()]).collect();
        assert_eq!((graph.off_path(), off_path), (expected.to_vec(), expected.to_vec()));
    }
}
