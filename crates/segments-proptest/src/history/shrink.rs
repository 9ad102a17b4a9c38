use std::iter;
use std::vec;

use proptest::strategy::ValueTree;
use segments_emulator::Fault;

use super::draft::{Draft, Step};
use super::shape::Shape;
use super::timeline::History;
use crate::faults;

/// Shrinks a history as a whole.
///
/// To shrink one number after another, as proptest does it, ends early: with one segment less, the
/// edit has to happen one answer sooner. So every history of the smallest kind is tried first, from
/// the smallest on, because nearly every bug shows itself in one; and if none fails, what is there
/// is made smaller step by step.
#[derive(Debug, Clone)]
pub(super) struct Tree {
    /// The smallest that is known to fail.
    best: Draft,
    current: Draft,
    candidates: vec::IntoIter<Draft>,
    shape: Shape,
    begun: bool,
}

impl Tree {
    pub(super) fn new(draft: Draft, shape: Shape) -> Self {
        let current = draft.clone();
        Self { best: draft, current, candidates: Vec::new().into_iter(), shape, begun: false }
    }

    fn next(&mut self) -> bool {
        let shape = &self.shape;
        let next = self.candidates.find(|draft| shape.holds(draft) && draft.is_possible());
        let found = next.is_some();
        self.current = next.unwrap_or_else(|| self.best.clone());
        found
    }
}

impl ValueTree for Tree {
    type Value = History;

    fn current(&self) -> History {
        self.current.history()
    }

    fn simplify(&mut self) -> bool {
        self.best = self.current.clone();
        let mut candidates = smaller(&self.best);
        if !self.begun {
            self.begun = true;
            let tiny = tiny(!self.best.faults.is_empty());
            let size = size(&self.best);
            let tiny = tiny.into_iter().filter(|tiny| self::size(tiny) < size);
            candidates = tiny.chain(candidates).collect();
        }
        self.candidates = candidates.into_iter();
        self.next()
    }

    fn complicate(&mut self) -> bool {
        self.next()
    }
}

/// What a reader has to take in: how much there is, then how large the pages are, then how many
/// segments are archived and for how many answers there is to wait, then which segments it is.
fn size(draft: &Draft) -> (usize, u32, usize, u32, usize) {
    let Draft { page_size, archived, edits, faults } = draft;
    let parts = archived.len() + edits.len() + faults.len();
    let absent = archived.iter().filter(|archived| **archived).count();
    let answers = edits.iter().map(|(after, _)| after).sum();
    let place = |step: &Step| match step {
        Step::Archive(place) => *place,
        Step::Restore(place) => place + 1,
        Step::Create => 0,
    };
    let places = edits.iter().map(|(_, step)| place(step)).sum();
    (parts, *page_size, absent, answers, places)
}

/// Every history with at most four segments and nothing else, with at most three and one edit,
/// with at most two and one fault.
fn tiny(with_faults: bool) -> Vec<Draft> {
    let quiet = |most: usize| {
        (0..=most).flat_map(|segments| (1..=3).map(move |size| Draft::quiet(size, segments)))
    };
    let mut tiny: Vec<Draft> = quiet(4).collect();
    for draft in quiet(3) {
        let before = (0..draft.archived.len()).map(Some);
        for archived in iter::once(None).chain(before) {
            let mut draft = draft.clone();
            if let Some(place) = archived {
                draft.archived[place] = true;
            }
            let places = 0..draft.archived.len();
            let steps = places.flat_map(|place| [Step::Archive(place), Step::Restore(place)]);
            for step in steps.chain([Step::Create]) {
                let edited = (1..=3).map(|answers| vec![(answers, step)]);
                tiny.extend(edited.map(|edits| Draft { edits, ..draft.clone() }));
            }
        }
    }
    if with_faults {
        for draft in quiet(2) {
            let faults =
                (0..=1).flat_map(|page| faults::simplest().map(move |fault| fault.page(page)));
            tiny.extend(faults.map(|fault| Draft { faults: vec![fault], ..draft.clone() }));
        }
    }
    tiny.sort_by_key(size);
    tiny
}

/// The same with a little less, what saves most first.
fn smaller(draft: &Draft) -> Vec<Draft> {
    let mut smaller = Vec::new();
    let edited = |edit: &dyn Fn(&mut Draft)| {
        let mut draft = draft.clone();
        edit(&mut draft);
        draft
    };

    for place in 0..draft.faults.len() {
        smaller.push(edited(&|draft| _ = draft.faults.remove(place)));
    }
    for place in 0..draft.edits.len() {
        smaller.push(edited(&|draft| _ = draft.edits.remove(place)));
    }
    for place in 0..draft.archived.len() {
        let without = draft.without_segment(place);
        // What happened one page later now happens one sooner.
        let mut sooner = without.clone();
        sooner.edits.iter_mut().for_each(|(after, _)| *after -= u32::from(*after > 1));
        let pages = sooner.faults.iter_mut().filter_map(|fault| fault.page.as_mut());
        pages.for_each(|page| *page = page.saturating_sub(1));
        smaller.extend([without, sooner]);
    }
    for size in 1..draft.page_size {
        smaller.push(edited(&|draft| draft.page_size = size));
        for segments in 0..draft.archived.len() {
            let last = (segments..draft.archived.len()).rev();
            let fewer = last.fold(draft.clone(), |draft, place| draft.without_segment(place));
            smaller.push(Draft { page_size: size, ..fewer });
        }
    }

    for place in 0..draft.archived.len() {
        if draft.archived[place] {
            smaller.push(edited(&|draft| draft.archived[place] = false));
        }
    }
    for (place, (after, step)) in draft.edits.iter().enumerate() {
        if *after > 1 {
            smaller.push(edited(&|draft| draft.edits[place].0 -= 1));
        }
        if let Step::Archive(at @ 1..) | Step::Restore(at @ 1..) = *step {
            let step = match step {
                Step::Archive(_) => Step::Archive(at - 1),
                _ => Step::Restore(at - 1),
            };
            smaller.push(edited(&|draft| draft.edits[place].1 = step));
        }
    }
    for (place, fault) in draft.faults.iter().enumerate() {
        let with = |fault: Fault| edited(&|draft| draft.faults[place] = fault.clone());
        smaller.extend(faults::simpler(fault).into_iter().map(with));
    }
    smaller
}
