//! Everything that an export claims of its list, and why it may.
//!
//! Strategies decide which pages to read, and collect what they show as [`Evidence`]. What that
//! proves is decided here and nowhere else. Each rule is one function, and names the theorem of the
//! [guarantees](crate::guarantees) that makes it sound.

use serde::{Deserialize, Serialize};

use crate::export::proof::evidence::Evidence;
use crate::export::proof::runs::Runs;
use crate::export::proof::terms::{Assumption, Completeness, OrderBasis, SnapshotClaim, Strength};
use crate::export::seen::ids::IdTable;
use crate::export::seen::received_page::ReceivedPage;
use crate::export::seen::segment_index::SegmentIndex;
use crate::message::request::SortDirection;

/// What theorems 1, 3 and 8 assume.
const BY_NEIGHBOURS: [Assumption; 2] = [Assumption::AtomicPage, Assumption::StableOrder];
/// What theorems 2, 5 and 6 assume.
const BY_COUNT: [Assumption; 3] =
    [Assumption::AtomicPage, Assumption::ShortPageIsEnd, Assumption::NoArchiveAndRestore];
/// What theorem 4 assumes.
const BY_ONE_PAGE: [Assumption; 2] = [Assumption::AtomicPage, Assumption::ShortPageIsEnd];

/// What is proven of the completeness of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    Proven(ProvenBy),
    /// Nothing yet.
    Open,
    /// The order of the list contradicts itself, and no further page can take that back.
    Contradicted,
}

/// The theorem that proves a list complete.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ProvenBy {
    Neighbours,
    Count,
}

/// What all pages so far prove, and the order of all segments if one was needed for that. `longest`
/// is the length of the longest page.
pub(crate) fn judge(evidence: &Evidence, longest: usize) -> (Verdict, Option<Runs>) {
    if evidence.graph.is_contradicted() {
        return (Verdict::Contradicted, None);
    }
    let by_neighbours = has_closed_path(evidence, longest);
    let by_count = is_counted(evidence, longest);
    if !by_neighbours && !by_count {
        return (Verdict::Open, None);
    }

    // Last, because it looks at every segment.
    let Some(order) = evidence.order() else { return (Verdict::Contradicted, None) };
    let verdict = if by_neighbours && is_connected(evidence, &order) {
        Verdict::Proven(ProvenBy::Neighbours)
    } else if by_count {
        Verdict::Proven(ProvenBy::Count)
    } else {
        Verdict::Open
    };
    (verdict, Some(order))
}

/// Theorem 1 (neighbours): from the head of the list to its tail leads a path of neighbours, each of
/// which some page has shown right behind the one before it.
///
/// Assumes `atomic_page` and `stable_order`. The second would be broken without a contradiction by
/// an order that hides segments, so the list must not be longer than what was seen.
pub(crate) fn has_closed_path(evidence: &Evidence, longest: usize) -> bool {
    evidence.graph.is_closed() && evidence.count_proof.missing(longest) == 0
}

/// Theorem 1 (neighbours), the check of its order: neighbours connect everything that this round has
/// shown with the head or the tail. What no page of the round shows any more is gone.
///
/// A server that sorts the rows of each page, and not the list, fails it: page 0 from both ends
/// looks like the whole list, and the other pages are connected with neither end.
fn is_connected(evidence: &Evidence, order: &Runs) -> bool {
    let is_current = |segment| evidence.count_proof.in_round(segment);
    !evidence.graph.unconnected(order).any(is_current)
}

/// Theorem 2 (count): as many segments as the list was long at the anchor were seen before it and
/// after it.
///
/// Assumes `atomic_page`, `short_page_is_end` and `no_archive_and_restore`. An empty anchor could be
/// a fault in the middle of the list, so the other direction must begin where this one ended.
fn is_counted(evidence: &Evidence, page_length: usize) -> bool {
    let end = evidence.count_proof.end_to_show();
    evidence.count_proof.is_counted(page_length)
        && end.is_none_or(|(direction, last)| evidence.graph.is_end(direction, last))
}

/// Theorem 2 (count), its anchor: a page that is not full, and read alone. So it bounds the length of
/// the list, and everything seen so far was seen before it.
pub(crate) fn can_be_anchor(
    evidence: &Evidence,
    response: &ReceivedPage,
    page_length: usize,
) -> bool {
    response.page.len() < page_length && evidence.count_proof.is_alone(response)
}

/// Theorem 3 (empty list): page 0 was empty in both orders, and is empty again a moment later.
///
/// Assumes `atomic_page` and `stable_order`. Not without the second time, because both can be empty
/// in an outage.
pub(crate) fn confirm_empty_list(evidence: &mut Evidence, again: &[SegmentIndex]) -> bool {
    let is_empty = again.is_empty() && evidence.graph.is_end(SortDirection::Asc, None);
    if is_empty {
        evidence.graph.set_empty_list();
    }
    is_empty
}

/// Theorem 4 (atomic snapshot): the first pass has found the whole list on page 0, and nothing on
/// the page behind it.
///
/// Assumes `atomic_page` and `short_page_is_end`.
pub(crate) fn atomic_strength(
    is_first_pass: bool,
    last_page: u32,
    rows: usize,
) -> Option<Strength> {
    let is_whole_list = is_first_pass && last_page == 0 && rows > 0;
    is_whole_list.then_some(Strength::Atomic)
}

/// What the rules for a snapshot look at: the pass that ended with the anchor, and the one that is
/// to confirm it, so far.
pub(crate) struct TwoPasses<'a> {
    pub(crate) evidence: &'a Evidence,
    /// How long a full page is taken to be.
    pub(crate) page_length: usize,
    /// That is only the longest page seen: something stood behind a page shorter than documented.
    pub(crate) is_length_inferred: bool,
    /// The pass before, oldest first, if it ended with the anchor.
    pub(crate) before: Option<&'a [SegmentIndex]>,
    /// This pass, in its own order.
    pub(crate) confirming: &'a [SegmentIndex],
    pub(crate) direction: SortDirection,
    /// What this pass has shown with other attributes than before.
    pub(crate) edited: &'a [SegmentIndex],
    /// A page of this pass is shorter than others although more followed.
    pub(crate) has_cut_page: bool,
    /// A page with rows has come before its turn.
    pub(crate) has_rows_ahead: bool,
}

/// How strong a snapshot two passes prove, if any.
pub(crate) fn strength(passes: &TwoPasses) -> Option<Strength> {
    let is_counted = is_counted(passes.evidence, passes.page_length);
    if !is_counted || !agrees_with_count(passes) {
        return None;
    }
    if is_clean(passes) {
        return Some(Strength::Clean);
    }
    is_counted_snapshot(passes).then_some(Strength::Counted)
}

/// Theorems 5 and 6, what must not speak against them: no page of the confirming pass is cut, none
/// is left over, and everything that it has shown was listed at the anchor.
fn agrees_with_count(passes: &TwoPasses) -> bool {
    let at_anchor = |segment: &SegmentIndex| passes.evidence.count_proof.at_anchor(*segment);
    // A list that had segments and shows none is likelier out of order than empty.
    let is_outage = passes.confirming.is_empty() && passes.evidence.graph.len() > 0;

    !passes.has_cut_page
        && !passes.has_rows_ahead
        && !is_outage
        && passes.confirming.iter().all(at_anchor)
}

/// Theorem 5 (counted snapshot): the list is counted as in theorem 2, for pages of the documented
/// length, and ends with the anchor.
///
/// Assumes what theorem 2 does. Where the length of a page is only inferred, a list that has grown
/// between the passes could deceive the count alone. And if the anchor and a page of the confirming
/// pass are cut by as many rows, the count is right all the same, so the end has to agree too.
fn is_counted_snapshot(passes: &TwoPasses) -> bool {
    let evidence = passes.evidence;
    let Some((direction, anchor)) = evidence.count_proof.anchor_rows() else { return false };
    if passes.is_length_inferred {
        return false;
    }

    let mut list = evidence.listed_at_anchor().to_vec();
    if direction == SortDirection::Desc {
        list.reverse();
    }
    list.ends_with(anchor)
}

/// Theorem 6 (clean snapshot): the list is counted as in theorem 2, and the passes before and after
/// its moment gave the same sequence with the same attributes.
///
/// Assumes what theorem 2 does.
fn is_clean(passes: &TwoPasses) -> bool {
    let is_same = |before: &[SegmentIndex]| match passes.direction {
        SortDirection::Asc => before == passes.confirming,
        SortDirection::Desc => before.iter().eq(passes.confirming.iter().rev()),
    };
    passes.edited.is_empty() && passes.before.is_some_and(is_same)
}

/// Theorem 7 (order), where no page compares some of these: the last pass of each direction shows
/// them in this order.
fn order_by_passes(evidence: &Evidence, order: &Runs) -> OrderBasis {
    let adjacent = |older, newer| evidence.graph.follows(older, newer);
    if evidence.positions.agree(order, adjacent) { OrderBasis::Passes } else { OrderBasis::Guess }
}

/// Theorem 8 (unlisted meanwhile): of a list that theorem 1 proves, the segments beside a shortest
/// path from head to tail.
///
/// Assumes `atomic_page` and `stable_order`.
fn unlisted_meanwhile(evidence: &Evidence) -> Vec<SegmentIndex> {
    evidence.graph.off_path()
}

/// No theorem, and no claim: an empty page ends a walk if there was another sign before it, a short
/// or an empty page, or a list that seemed to be empty a moment ago. One empty page alone can be a
/// passing fault, and a short one shows nothing, because no length of pages is assumed.
pub(crate) fn is_end_of_walk(short_page: bool, empty_page: bool, empty_list: bool) -> bool {
    short_page || empty_page || empty_list
}

/// What a report says of the list, once the goal is reached. By default what it says of a walk.
#[derive(Debug, Clone, Default)]
pub(crate) struct Claims {
    pub(crate) completeness: Completeness,
    pub(crate) snapshot: Option<SnapshotClaim>,
    pub(crate) assumptions: Vec<Assumption>,
    pub(crate) missed_by_first_pass: u64,
    pub(crate) unlisted_meanwhile: Vec<String>,
    pub(crate) edited_meanwhile: Vec<String>,
    pub(crate) order_basis: OrderBasis,
    pub(crate) order: Option<Runs>,
}

impl Claims {
    /// Of a list that is proven complete, in this order of all segments.
    pub(crate) fn of_complete(
        evidence: &Evidence,
        by: ProvenBy,
        order: Runs,
        ids: &IdTable,
    ) -> Self {
        let missed_by_first_pass = evidence.missed_by_first_pass(&order);
        let claims = match by {
            ProvenBy::Neighbours => Self {
                completeness: Completeness::Complete,
                assumptions: BY_NEIGHBOURS.to_vec(),
                unlisted_meanwhile: ids.texts(&unlisted_meanwhile(evidence)),
                order_basis: OrderBasis::Neighbours,
                ..Self::default()
            },
            ProvenBy::Count => {
                // What was listed all the time was listed at the anchor.
                let listed = evidence.at_anchor(&order);
                Self {
                    completeness: Completeness::CompleteByCount,
                    assumptions: BY_COUNT.to_vec(),
                    order_basis: order_by_passes(evidence, &listed),
                    ..Self::default()
                }
            }
        };
        Self { missed_by_first_pass, order: Some(order), ..claims }
    }

    /// Of a snapshot. `sequence` is its list, where one page has shown it or two passes agree on it.
    pub(crate) fn of_snapshot(
        evidence: &Evidence,
        longest: usize,
        snapshot: SnapshotClaim,
        sequence: Option<Runs>,
        edited: &[SegmentIndex],
        ids: &IdTable,
    ) -> Self {
        let by = match judge(evidence, longest).0 {
            Verdict::Proven(by) => Some(by),
            Verdict::Open | Verdict::Contradicted => None,
        };
        let unlisted = match by {
            Some(ProvenBy::Neighbours) => unlisted_meanwhile(evidence),
            Some(ProvenBy::Count) | None => Vec::new(),
        };
        let list = sequence.unwrap_or_else(|| evidence.listed_at_anchor());

        let is_atomic = snapshot.strength == Strength::Atomic;
        let is_proven = by == Some(ProvenBy::Neighbours);
        let (has_whole_path, is_path) = compare_with_path(&list, &unlisted, evidence.graph.len());

        Self {
            completeness: if is_atomic || is_proven && has_whole_path {
                Completeness::Complete
            } else {
                Completeness::CompleteByCount
            },
            assumptions: assumptions_of_snapshot(by, snapshot.strength),
            missed_by_first_pass: evidence.missed_by_first_pass(&list),
            unlisted_meanwhile: ids.texts(&unlisted),
            edited_meanwhile: ids.texts(edited),
            order_basis: match snapshot.strength {
                _ if is_atomic || is_proven && is_path => OrderBasis::Neighbours,
                Strength::Clean => OrderBasis::Passes,
                Strength::Counted | Strength::Atomic => order_by_passes(evidence, &list),
            },
            snapshot: Some(snapshot),
            order: Some(list),
        }
    }
}

/// Of a snapshot, which leaves out what was not listed at its moment: whether everything on the path
/// from head to tail is in it, and whether nothing else is.
fn compare_with_path(list: &Runs, off_path: &[SegmentIndex], all: usize) -> (bool, bool) {
    let mut is_off_path = vec![false; all];
    for segment in off_path {
        is_off_path[segment.get()] = true;
    }
    let on_path = list.iter().filter(|segment| !is_off_path[segment.get()]).count();
    (on_path == all - off_path.len(), on_path == list.len())
}

/// What both claims of a snapshot take for granted: that it is complete, and that it was so at one
/// moment.
fn assumptions_of_snapshot(complete: Option<ProvenBy>, strength: Strength) -> Vec<Assumption> {
    let mut assumptions = match complete {
        Some(ProvenBy::Neighbours) => BY_NEIGHBOURS.to_vec(),
        Some(ProvenBy::Count) => BY_COUNT.to_vec(),
        None => Vec::new(),
    };
    let of_moment = match strength {
        Strength::Atomic => &BY_ONE_PAGE[..],
        Strength::Clean | Strength::Counted => &BY_COUNT[..],
    };
    for assumption in of_moment {
        if !assumptions.contains(assumption) {
            assumptions.push(*assumption);
        }
    }
    assumptions
}
