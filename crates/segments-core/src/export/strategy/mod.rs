pub(crate) mod complete;
pub(crate) mod goal;
pub(crate) mod lookahead;
pub(crate) mod misfit;
pub(crate) mod page_lengths;
pub(crate) mod pass;
pub(crate) mod single;
pub(crate) mod snapshot;
pub(crate) mod stall_guard;
pub(crate) mod walk;

use serde::{Deserialize, Serialize};

use crate::export::proof::claims::Claims;
use crate::export::proof::refusal;
use crate::export::proof::terms::UnprovenGap;
use crate::export::seen::page_key::PageKey;
use crate::export::seen::received_page::ReceivedPage;
use crate::export::seen::seen_segments::SeenSegments;
use crate::export::strategy::complete::Complete;
use crate::export::strategy::goal::Goal;
use crate::export::strategy::lookahead::Lookahead;
use crate::export::strategy::misfit::Misfit;
use crate::export::strategy::single::Single;
use crate::export::strategy::snapshot::Snapshot;
use crate::export::strategy::walk::Walk;
use crate::message::error::NotProven;
use crate::message::request::SortDirection;

/// The way in which a goal is pursued: which pages are wanted, and what is collected from them.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Strategy {
    Walk(Walk),
    Single(Single),
    Complete(Box<Complete>),
    Snapshot(Box<Snapshot>),
}

impl Strategy {
    /// The way to a goal. A walk reads in this direction; the other goals read in both.
    pub(crate) fn new(goal: Goal, sort_direction: SortDirection, max_passes: u32) -> Self {
        match goal {
            Goal::Walk => Self::Walk(Walk::new(sort_direction)),
            Goal::Complete => Self::Complete(Box::new(Complete::new(max_passes))),
            Goal::Snapshot => Self::Snapshot(Box::new(Snapshot::new(max_passes))),
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

    /// Takes a page that is wanted.
    pub(crate) fn handle_page(
        &mut self,
        page_key: PageKey,
        response: ReceivedPage,
        seen: &mut SeenSegments,
    ) -> Result<(), Misfit> {
        match self {
            Self::Walk(walk) => walk.handle_page(page_key, response, seen),
            Self::Single(single) => single.handle_page(page_key, &response, seen),
            Self::Complete(complete) => complete.handle_page(page_key, response, seen),
            Self::Snapshot(snapshot) => snapshot.handle_page(page_key, response, seen),
        }
    }

    /// Whether the next page is to be asked for after a moment, once: the list seems to be empty.
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
            Self::Complete(complete) => Some(complete.result()?.map(drop)),
            Self::Snapshot(snapshot) => Some(snapshot.result()?.map(drop)),
        }
    }

    /// Whether it concludes anything from pages, beyond what they hold.
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

    /// What the report says of the list, to be asked once the goal is reached.
    pub(crate) fn claims(&mut self, seen: &SeenSegments) -> Claims {
        match self {
            Self::Walk(_) | Self::Single(_) => Claims::default(),
            Self::Complete(complete) => {
                let Some(Ok(by)) = complete.result() else { return Claims::default() };
                let order = complete.take_order();
                Claims::of_complete(complete.evidence(), by, order, &seen.ids)
            }
            Self::Snapshot(snapshot) => {
                let Some(claim) = snapshot.claim() else { return Claims::default() };
                let (evidence, edited) = (snapshot.evidence(), snapshot.edited());
                let sequence = snapshot.sequence();
                Claims::of_snapshot(evidence, seen.longest, claim, sequence, edited, &seen.ids)
            }
        }
    }

    /// Where no page shows two neighbours side by side, which is why a goal was not reached.
    pub(crate) fn gaps(&self, seen: &SeenSegments) -> Vec<UnprovenGap> {
        match self {
            Self::Walk(_) | Self::Single(_) => Vec::new(),
            Self::Complete(complete) => refusal::unproven_gaps(complete.evidence(), &seen.ids),
            Self::Snapshot(snapshot) => refusal::unproven_gaps(snapshot.evidence(), &seen.ids),
        }
    }

    /// The bytes of what it knows of every segment.
    pub(crate) fn memory(&self) -> usize {
        match self {
            Self::Walk(_) | Self::Single(_) => 0,
            Self::Complete(complete) => complete.evidence().memory(),
            Self::Snapshot(snapshot) => snapshot.memory(),
        }
    }

    /// Whether it is a way to this goal, and all of it is about the first `len` segments.
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
