use std::collections::BTreeMap;

use segments_core::error::NotProven;
use segments_core::report::{Completeness, OrderBasis, Strength};
use segments_core::{ErrorKind, SortDirection};

use super::chooser::Exhaustive;
use super::naive::naive;
use super::ranks::Ranks;
use super::run::Run;
use super::setup::Setup;
use super::simulate::simulate;

/// What came of many runs.
#[derive(Debug, Clone, Default)]
pub struct Tally {
    /// How many.
    pub runs: u64,
    /// Proven by links, and by count.
    pub complete: u64,
    /// Complete unless undone.
    pub complete_by_count: u64,
    /// With a snapshot, and those of them that two passes agree on or one response shows.
    pub snapshots: u64,
    /// Two passes agree.
    pub clean: u64,
    /// One response shows it.
    pub atomic: u64,
    /// With an order that is a guess.
    pub guessed: u64,
    /// Those of them in which segments that were listed all the time are out of order.
    pub misordered: u64,
    /// Said that they could not prove it, by the reason.
    pub refused: BTreeMap<&'static str, u64>,
    /// Ended by anything else.
    pub failed: u64,
    /// Claims that were not so, by what was wrong.
    pub wrong: BTreeMap<&'static str, u64>,
    /// Answers.
    pub requests: u64,
    /// What a plain walk would have cost.
    pub naive_requests: u64,
    /// Runs in which a plain walk would have lost something.
    pub naive_lost: u64,
}

impl Tally {
    /// Counts a run.
    pub fn add(&mut self, setup: &Setup, run: &Run) {
        self.runs += 1;
        self.requests += run.answers.len() as u64;
        let plain = naive(run, setup.page_size);
        self.naive_requests += plain.requests;
        self.naive_lost += u64::from(plain.lost > 0);

        match &run.result {
            Ok(report) => {
                self.complete += u64::from(report.completeness == Completeness::Complete);
                self.complete_by_count +=
                    u64::from(report.completeness == Completeness::CompleteByCount);
                if report.order_basis == OrderBasis::Guess {
                    self.guessed += 1;
                    self.misordered += u64::from(!stable_in_order(setup, run));
                }
                let strength = report.snapshot.map(|claim| claim.strength);
                self.snapshots += u64::from(strength.is_some());
                self.clean += u64::from(strength == Some(Strength::Clean));
                self.atomic += u64::from(strength == Some(Strength::Atomic));
            }
            Err(error) => match reason(error.kind()) {
                Some(reason) => *self.refused.entry(reason).or_default() += 1,
                None => self.failed += 1,
            },
        }
    }

    /// Takes the runs of another.
    pub fn merge(&mut self, other: &Self) {
        self.runs += other.runs;
        self.complete += other.complete;
        self.complete_by_count += other.complete_by_count;
        self.snapshots += other.snapshots;
        self.clean += other.clean;
        self.atomic += other.atomic;
        self.guessed += other.guessed;
        self.misordered += other.misordered;

        for (reason, count) in &other.refused {
            *self.refused.entry(reason).or_default() += count;
        }

        self.failed += other.failed;

        for (falsehood, count) in &other.wrong {
            *self.wrong.entry(falsehood).or_default() += count;
        }

        self.requests += other.requests;
        self.naive_requests += other.naive_requests;
        self.naive_lost += other.naive_lost;
    }
}

/// Whether the segments that were listed all the time are in the order of creation.
fn stable_in_order(setup: &Setup, run: &Run) -> bool {
    let stable = run.world.stable(0, run.world.now());
    let ranks = run.found.iter().map(|(rank, _)| *rank).filter(|rank| stable.contains(*rank));
    let mut ranks: Vec<usize> = ranks.collect();
    if setup.direction == SortDirection::Desc {
        ranks.reverse();
    }
    ranks.is_sorted()
}

fn reason(reason: &ErrorKind) -> Option<&'static str> {
    match reason {
        ErrorKind::NotProven(NotProven::Gaps { .. }) => Some("gaps"),
        ErrorKind::NotProven(NotProven::Missing { .. }) => Some("missing"),
        ErrorKind::NotProven(NotProven::ShortPage { .. }) => Some("short page"),
        ErrorKind::NotProven(NotProven::OrderContradicted) => Some("order"),
        ErrorKind::NotProven(NotProven::NotStabilised { .. }) => Some("not stabilised"),
        ErrorKind::Paging(_) => Some("paging"),
        ErrorKind::Deadline => Some("deadline"),
        _ => None,
    }
}

/// Runs every history from every beginning of a setup, and panics at the first false claim.
pub fn explore(setup: Setup) -> Tally {
    let mut tally = Tally::default();
    for bits in 0..1 << setup.ranks {
        let setup = Setup { listed: Ranks::from_bits(bits), ..setup };
        let mut all = Exhaustive::default();
        loop {
            let run = simulate(setup, &mut all);
            tally.add(&setup, &run);
            if !all.advance() {
                break;
            }
        }
    }

    tally
}
