pub(crate) mod complete;
pub(crate) mod page_lengths;
pub(crate) mod pass;
pub(crate) mod single;
pub(crate) mod snapshot;
pub(crate) mod stall_guard;
pub(crate) mod walk;

use serde::{Deserialize, Serialize};

use crate::export::fetch::Target;
use crate::export::lookahead::Lookahead;
use crate::export::plan::{Goal, Plan};
use crate::export::proof::completeness::{Doubt, Judgement, Survey};
use crate::export::proof::neighbour_graph::Gap;
use crate::export::report::{Assumption, Completeness, OrderBasis, ReportedGap, SnapshotClaim};
use crate::export::seen::seen_segments::Ledger;
use crate::export::strategy::complete::Complete;
use crate::export::strategy::pass::Answer;
use crate::export::strategy::single::Single;
use crate::export::strategy::snapshot::{Snapshot, Strength, Verdict};
use crate::export::strategy::walk::Walk;
use crate::message::fault::{NotProven, PagingFault};
use crate::message::request::ListRequest;

/// The way in which a goal is pursued: which pages are wanted, and what their answers mean.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Course {
    Walk(Walk),
    Single(Single),
    Complete(Box<Complete>),
    Snapshot(Box<Snapshot>),
}

/// What a course has come to.
#[derive(Debug, Clone, Default)]
pub(crate) struct Conclusion {
    pub(crate) completeness: Completeness,
    pub(crate) snapshot: Option<SnapshotClaim>,
    pub(crate) assumptions: Vec<Assumption>,
    pub(crate) late: u64,
    pub(crate) volatile: Vec<String>,
    pub(crate) unsettled: Vec<String>,
    pub(crate) order_basis: OrderBasis,
    pub(crate) order: Option<Vec<u32>>,
}

const COUNTED: [Assumption; 3] =
    [Assumption::AtomicPage, Assumption::ShortPageIsEnd, Assumption::NoUndo];
const LINKED: [Assumption; 2] = [Assumption::AtomicPage, Assumption::StableOrder];
const ATOMIC: [Assumption; 2] = [Assumption::AtomicPage, Assumption::ShortPageIsEnd];

impl Course {
    pub(crate) fn new(plan: &Plan) -> Self {
        match plan.goal {
            Goal::Walk => Self::Walk(Walk::new(plan.sort_direction)),
            Goal::Complete => Self::Complete(Box::new(Complete::new(plan.max_passes))),
            Goal::Snapshot => {
                Self::Snapshot(Box::new(Snapshot::new(plan.max_passes, plan.page_size)))
            }
        }
    }

    /// The pages wanted now, the most urgent first; at least one until the course has ended.
    pub(crate) fn wanted(&self, ahead: Lookahead, ledger: &Ledger) -> Vec<Target> {
        match self {
            Self::Walk(walk) => walk.wanted(ahead, ledger.longest),
            Self::Single(single) => single.wanted(),
            Self::Complete(complete) => complete.wanted(ahead, ledger.longest),
            Self::Snapshot(snapshot) => snapshot.wanted(ahead, ledger.longest),
        }
    }

    /// Takes an answer; true if it was waited for.
    pub(crate) fn absorb(
        &mut self,
        target: Target,
        answer: Answer,
        ledger: &mut Ledger,
    ) -> Result<bool, (ListRequest, PagingFault)> {
        match self {
            Self::Walk(walk) => walk.absorb(target, answer, ledger),
            Self::Single(single) => single.absorb(target, &answer, ledger),
            Self::Complete(complete) => complete.absorb(target, answer, ledger),
            Self::Snapshot(snapshot) => snapshot.absorb(target, answer, ledger),
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
                Judgement::Linked | Judgement::Counted => Ok(()),
                Judgement::Open(doubt) => Err(not_proven(doubt, &complete.survey)),
            }),
            Self::Snapshot(snapshot) => Some(match snapshot.verdict()? {
                Verdict::Taken(_) => Ok(()),
                Verdict::ShortPage(request, rows) => Err(NotProven::ShortPage { request, rows }),
                Verdict::Contradicted => Err(NotProven::OrderContradicted),
                Verdict::NotStabilised => {
                    Err(NotProven::NotStabilised { passes: snapshot.passes() })
                }
            }),
        }
    }

    /// Whether it concludes anything from answers, beyond what they hold.
    pub(crate) fn claims(&self) -> bool {
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
    pub(crate) fn conclude(&self, ledger: &Ledger) -> Conclusion {
        match self {
            Self::Walk(_) | Self::Single(_) => Conclusion::default(),
            Self::Complete(complete) => {
                let judgement = complete.verdict().unwrap_or(Judgement::Open(Doubt::Gaps));
                survey_conclusion(&complete.survey, judgement, complete.order(), ledger)
            }
            Self::Snapshot(snapshot) => match snapshot.verdict() {
                Some(Verdict::Taken(strength)) => snapshot_conclusion(snapshot, strength, ledger),
                _ => Conclusion::default(),
            },
        }
    }

    /// Where no answer shows two neighbours side by side, which is why a goal was not reached.
    pub(crate) fn gaps(&self, ledger: &Ledger) -> Vec<ReportedGap> {
        let survey = match self {
            Self::Walk(_) | Self::Single(_) => return Vec::new(),
            Self::Complete(complete) => &complete.survey,
            Self::Snapshot(snapshot) => &snapshot.survey,
        };
        let id = |number: u32| ledger.ids.get(number);
        let gap = |gap: Gap| ReportedGap { after: gap.after.map(id), before: gap.before.map(id) };
        survey.gaps().into_iter().map(gap).collect()
    }

    /// The bytes of what it knows of every segment.
    pub(crate) fn memory(&self) -> usize {
        match self {
            Self::Walk(_) | Self::Single(_) => 0,
            Self::Complete(complete) => complete.survey.memory(),
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

fn not_proven(doubt: Doubt, survey: &Survey) -> NotProven {
    match doubt {
        Doubt::Gaps => NotProven::Gaps { gaps: survey.gaps().len() },
        Doubt::Missing(segments) => NotProven::Missing { segments },
        Doubt::ShortPage(request, rows) => NotProven::ShortPage { request, rows },
        Doubt::Contradicted | Doubt::Unconnected => NotProven::OrderContradicted,
    }
}

fn survey_conclusion(
    survey: &Survey,
    judgement: Judgement,
    order: Option<Vec<u32>>,
    ledger: &Ledger,
) -> Conclusion {
    let id = |number: u32| ledger.ids.get(number);
    let (completeness, assumptions) = match judgement {
        Judgement::Linked => (Completeness::Complete, LINKED.to_vec()),
        Judgement::Counted => (Completeness::UnlessUndone, COUNTED.to_vec()),
        Judgement::Open(_) => (Completeness::NotProven, Vec::new()),
    };
    let linked = judgement == Judgement::Linked;
    let volatile = if linked { survey.links.off_path() } else { Vec::new() };
    let order = order.unwrap_or_else(|| survey.positions.order(|_, _| false));
    let order_basis = if linked {
        OrderBasis::Neighbours
    } else {
        // What was listed all the time was listed at the pin.
        let at_pin = |number: &u32| survey.sightings.at_pin(*number);
        survey.order_basis(&order.iter().copied().filter(at_pin).collect::<Vec<_>>())
    };
    Conclusion {
        completeness,
        assumptions,
        late: survey.late(&order),
        volatile: volatile.into_iter().map(id).collect(),
        order_basis,
        order: Some(order),
        ..Conclusion::default()
    }
}

fn snapshot_conclusion(snapshot: &Snapshot, strength: Strength, ledger: &Ledger) -> Conclusion {
    let survey = &snapshot.survey;
    let (judgement, order) = survey.judge(ledger);
    let order = order.or_else(|| survey.order());
    let mut conclusion = survey_conclusion(survey, judgement, order, ledger);
    let assumptions = if strength == Strength::Atomic { &ATOMIC[..] } else { &COUNTED[..] };
    let new = assumptions.iter().filter(|new| !conclusion.assumptions.contains(new));
    let new: Vec<_> = new.copied().collect();
    conclusion.assumptions.extend(new);
    conclusion.snapshot = snapshot.as_of().map(|as_of| SnapshotClaim { as_of, strength });
    let unsettled = snapshot.unsettled.iter().map(|number| ledger.ids.get(*number));
    conclusion.unsettled = unsettled.collect();

    let order = snapshot.sequence().unwrap_or_else(|| survey.listed_at_pin());
    let (linked, in_order) = match judgement {
        Judgement::Linked => on_path(survey, &order, ledger),
        _ => (false, false),
    };
    let atomic = strength == Strength::Atomic;
    conclusion.completeness =
        if linked || atomic { Completeness::Complete } else { Completeness::UnlessUndone };
    conclusion.order_basis = match strength {
        _ if atomic || in_order => OrderBasis::Neighbours,
        Strength::Clean => OrderBasis::Passes,
        _ => survey.order_basis(&order),
    };
    conclusion.late = survey.late(&order);
    conclusion.order = Some(order);
    conclusion
}

/// Of a list that leaves out some of what was seen: whether everything on the path from head to
/// tail is in it, and whether nothing else is.
fn on_path(survey: &Survey, list: &[u32], ledger: &Ledger) -> (bool, bool) {
    let mut is_off_path = vec![false; ledger.ids.len()];
    for number in survey.links.off_path() {
        is_off_path[number as usize] = true;
    }
    let all_of_list = list.iter().all(|number| !is_off_path[*number as usize]);
    let mut left_out = is_off_path.iter().filter(|is| !**is).count();
    left_out -= list.iter().filter(|number| !is_off_path[**number as usize]).count();
    (left_out == 0, all_of_list)
}
