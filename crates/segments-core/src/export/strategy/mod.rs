pub(crate) mod complete;
pub(crate) mod lookahead;
pub(crate) mod page_lengths;
pub(crate) mod pass;
pub(crate) mod single;
pub(crate) mod snapshot;
pub(crate) mod stall_guard;
pub(crate) mod walk;

use serde::{Deserialize, Serialize};

use crate::export::plan::{Goal, Plan};
use crate::export::proof::claims::{
    Assumption, Completeness, OrderBasis, SnapshotClaim, Strength, UnprovenGap,
};
use crate::export::proof::completeness::{CompletenessProof, Doubt, Verdict};
use crate::export::proof::neighbour_graph::Gap;
use crate::export::seen::page_key::PageKey;
use crate::export::seen::received_page::ReceivedPage;
use crate::export::seen::seen_segments::SeenSegments;
use crate::export::strategy::complete::Complete;
use crate::export::strategy::lookahead::Lookahead;
use crate::export::strategy::single::Single;
use crate::export::strategy::snapshot::{Snapshot, SnapshotVerdict};
use crate::export::strategy::walk::Walk;
use crate::message::error::{NotProven, PagingError};
use crate::message::request::ListRequest;

/// The way in which a goal is pursued: which pages are wanted, and what their answers mean.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Strategy {
    Walk(Walk),
    Single(Single),
    Complete(Box<Complete>),
    Snapshot(Box<Snapshot>),
}

/// What a strategy has come to.
#[derive(Debug, Clone, Default)]
pub(crate) struct Claims {
    pub(crate) completeness: Completeness,
    pub(crate) snapshot: Option<SnapshotClaim>,
    pub(crate) assumptions: Vec<Assumption>,
    pub(crate) missed_by_first_pass: u64,
    pub(crate) unlisted_meanwhile: Vec<String>,
    pub(crate) edited_meanwhile: Vec<String>,
    pub(crate) order_basis: OrderBasis,
    pub(crate) order: Option<Vec<u32>>,
}

const COUNTED: [Assumption; 3] =
    [Assumption::AtomicPage, Assumption::ShortPageIsEnd, Assumption::NoArchiveAndRestore];
const LINKED: [Assumption; 2] = [Assumption::AtomicPage, Assumption::StableOrder];
const ATOMIC: [Assumption; 2] = [Assumption::AtomicPage, Assumption::ShortPageIsEnd];

impl Strategy {
    pub(crate) fn new(plan: &Plan) -> Self {
        match plan.goal {
            Goal::Walk => Self::Walk(Walk::new(plan.sort_direction)),
            Goal::Complete => Self::Complete(Box::new(Complete::new(plan.max_passes))),
            Goal::Snapshot => Self::Snapshot(Box::new(Snapshot::new(plan.max_passes))),
        }
    }

    /// The pages wanted now, the most urgent first; at least one until the strategy has ended.
    pub(crate) fn wanted(&self, ahead: Lookahead, seen: &SeenSegments) -> Vec<PageKey> {
        match self {
            Self::Walk(walk) => walk.wanted(ahead, seen.longest),
            Self::Single(single) => single.wanted(),
            Self::Complete(complete) => complete.wanted(ahead, seen.longest),
            Self::Snapshot(snapshot) => snapshot.wanted(ahead, seen.longest),
        }
    }

    /// Takes an answer; true if it was waited for.
    pub(crate) fn absorb(
        &mut self,
        page_key: PageKey,
        answer: ReceivedPage,
        seen: &mut SeenSegments,
    ) -> Result<bool, (ListRequest, PagingError)> {
        match self {
            Self::Walk(walk) => walk.absorb(page_key, answer, seen),
            Self::Single(single) => single.absorb(page_key, &answer, seen),
            Self::Complete(complete) => complete.absorb(page_key, answer, seen),
            Self::Snapshot(snapshot) => snapshot.absorb(page_key, answer, seen),
        }
    }

    /// Whether the next question is to be asked after a moment, once: the list seems to be empty.
    pub(crate) fn take_pause(&mut self) -> bool {
        match self {
            Self::Walk(walk) => walk.take_pause(),
            Self::Single(_) => false,
            Self::Complete(complete) => complete.take_pause(),
            Self::Snapshot(snapshot) => snapshot.take_pause(),
        }
    }

    /// Whether it has ended, and with what: the goal, or why not.
    pub(crate) fn ended(&self) -> Option<Result<(), NotProven>> {
        match self {
            Self::Walk(walk) => walk.ended().then_some(Ok(())),
            Self::Single(single) => single.ended().then_some(Ok(())),
            Self::Complete(complete) => Some(match complete.verdict()? {
                Verdict::Linked | Verdict::Counted => Ok(()),
                Verdict::Open(doubt) => Err(not_proven(doubt, &complete.proof)),
            }),
            Self::Snapshot(snapshot) => Some(match snapshot.verdict()? {
                SnapshotVerdict::Taken(_) => Ok(()),
                SnapshotVerdict::ShortPage(request, rows) => {
                    Err(NotProven::ShortPage { request, rows })
                }
                SnapshotVerdict::Contradicted => Err(NotProven::OrderContradicted),
                SnapshotVerdict::NotStabilised => {
                    Err(NotProven::NotStabilised { passes: snapshot.passes() })
                }
            }),
        }
    }

    /// Whether it concludes anything from answers, beyond what they hold.
    pub(crate) fn proves(&self) -> bool {
        matches!(self, Self::Complete(_) | Self::Snapshot(_))
    }

    /// Whether it begins at the beginning of the list, so that nothing read means that nothing is
    /// there.
    pub(crate) fn reads_from_the_first(&self) -> bool {
        !matches!(self, Self::Single(single) if single.list().page > 0)
    }

    pub(crate) fn passes(&self) -> u32 {
        match self {
            Self::Walk(_) | Self::Single(_) => 1,
            Self::Complete(complete) => complete.passes(),
            Self::Snapshot(snapshot) => snapshot.passes(),
        }
    }

    /// What the report says of the list, once the goal is reached.
    pub(crate) fn claims(&self, seen: &SeenSegments) -> Claims {
        match self {
            Self::Walk(_) | Self::Single(_) => Claims::default(),
            Self::Complete(complete) => {
                let verdict = complete.verdict().unwrap_or(Verdict::Open(Doubt::Gaps));
                claims_of_proof(&complete.proof, verdict, complete.order(), seen)
            }
            Self::Snapshot(snapshot) => match snapshot.verdict() {
                Some(SnapshotVerdict::Taken(strength)) => {
                    claims_of_snapshot(snapshot, strength, seen)
                }
                _ => Claims::default(),
            },
        }
    }

    /// Where no answer shows two neighbours side by side, which is why a goal was not reached.
    pub(crate) fn gaps(&self, seen: &SeenSegments) -> Vec<UnprovenGap> {
        let proof = match self {
            Self::Walk(_) | Self::Single(_) => return Vec::new(),
            Self::Complete(complete) => &complete.proof,
            Self::Snapshot(snapshot) => &snapshot.proof,
        };
        let id = |number: u32| seen.ids.get(number);
        let gap = |gap: Gap| UnprovenGap { after: gap.after.map(id), before: gap.before.map(id) };
        proof.gaps().into_iter().map(gap).collect()
    }

    /// The bytes of what it knows of every segment.
    pub(crate) fn memory(&self) -> usize {
        match self {
            Self::Walk(_) | Self::Single(_) => 0,
            Self::Complete(complete) => complete.proof.memory(),
            Self::Snapshot(snapshot) => snapshot.memory(),
        }
    }

    /// Whether it is a way to this goal, and all of it is about the segments with numbers below
    /// `len`.
    pub(crate) fn fits(&self, goal: Goal, len: usize) -> bool {
        match (self, goal) {
            (Self::Walk(walk), Goal::Walk) => walk.fits(),
            (Self::Single(_), Goal::Walk) => true,
            (Self::Complete(complete), Goal::Complete) => complete.fits(len),
            (Self::Snapshot(snapshot), Goal::Snapshot) => snapshot.fits(len),
            _ => false,
        }
    }

    /// Adapts to a break of unknown length, and to a limit that may be another one now.
    pub(crate) fn resume(&mut self, max_passes: u32) {
        match self {
            Self::Walk(_) | Self::Single(_) => {}
            Self::Complete(complete) => complete.resume(max_passes),
            Self::Snapshot(snapshot) => snapshot.resume(max_passes),
        }
    }
}

fn not_proven(doubt: Doubt, proof: &CompletenessProof) -> NotProven {
    match doubt {
        Doubt::Gaps => NotProven::Gaps { gaps: proof.gaps().len() },
        Doubt::Missing(segments) => NotProven::Missing { segments },
        Doubt::ShortPage(request, rows) => NotProven::ShortPage { request, rows },
        Doubt::Contradicted | Doubt::Unconnected => NotProven::OrderContradicted,
    }
}

fn claims_of_proof(
    proof: &CompletenessProof,
    verdict: Verdict,
    order: Option<Vec<u32>>,
    seen: &SeenSegments,
) -> Claims {
    let id = |number: u32| seen.ids.get(number);
    let (completeness, assumptions) = match verdict {
        Verdict::Linked => (Completeness::Complete, LINKED.to_vec()),
        Verdict::Counted => (Completeness::CompleteByCount, COUNTED.to_vec()),
        Verdict::Open(_) => (Completeness::NotProven, Vec::new()),
    };
    let linked = verdict == Verdict::Linked;
    let unlisted_meanwhile = if linked { proof.graph.off_path() } else { Vec::new() };
    let order = order.unwrap_or_else(|| proof.positions.order(|_, _| false));
    let order_basis = if linked {
        OrderBasis::Neighbours
    } else {
        // What was listed all the time was listed at the anchor.
        let at_anchor = |number: &u32| proof.count_proof.at_anchor(*number);
        proof.order_basis(&order.iter().copied().filter(at_anchor).collect::<Vec<_>>())
    };
    Claims {
        completeness,
        assumptions,
        missed_by_first_pass: proof.missed_by_first_pass(&order),
        unlisted_meanwhile: unlisted_meanwhile.into_iter().map(id).collect(),
        order_basis,
        order: Some(order),
        ..Claims::default()
    }
}

fn claims_of_snapshot(snapshot: &Snapshot, strength: Strength, seen: &SeenSegments) -> Claims {
    let proof = &snapshot.proof;
    let (verdict, order) = proof.verify(seen);
    let order = order.or_else(|| proof.order());
    let mut claims = claims_of_proof(proof, verdict, order, seen);
    let assumptions = if strength == Strength::Atomic { &ATOMIC[..] } else { &COUNTED[..] };
    let new = assumptions.iter().filter(|new| !claims.assumptions.contains(new));
    let new: Vec<_> = new.copied().collect();
    claims.assumptions.extend(new);
    claims.snapshot = snapshot.as_of().map(|as_of| SnapshotClaim { as_of, strength });
    let edited_meanwhile = snapshot.edited_meanwhile.iter().map(|number| seen.ids.get(*number));
    claims.edited_meanwhile = edited_meanwhile.collect();

    let order = snapshot.sequence().unwrap_or_else(|| proof.listed_at_anchor());
    let (linked, in_order) = match verdict {
        Verdict::Linked => on_path(proof, &order, seen),
        _ => (false, false),
    };
    let atomic = strength == Strength::Atomic;
    claims.completeness =
        if linked || atomic { Completeness::Complete } else { Completeness::CompleteByCount };
    claims.order_basis = match strength {
        _ if atomic || in_order => OrderBasis::Neighbours,
        Strength::Clean => OrderBasis::Passes,
        _ => proof.order_basis(&order),
    };
    claims.missed_by_first_pass = proof.missed_by_first_pass(&order);
    claims.order = Some(order);
    claims
}

/// Of a list that leaves out some of what was seen: whether everything on the path from head to
/// tail is in it, and whether nothing else is.
fn on_path(proof: &CompletenessProof, list: &[u32], seen: &SeenSegments) -> (bool, bool) {
    let mut is_off_path = vec![false; seen.ids.len()];
    for number in proof.graph.off_path() {
        is_off_path[number as usize] = true;
    }
    let all_of_list = list.iter().all(|number| !is_off_path[*number as usize]);
    let mut left_out = is_off_path.iter().filter(|is| !**is).count();
    left_out -= list.iter().filter(|number| !is_off_path[**number as usize]).count();
    (left_out == 0, all_of_list)
}
