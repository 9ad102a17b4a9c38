use segments_emulator::Fault;

use super::edit::Edit;
use super::timeline::History;
use crate::segment::letters;

/// A history in which segments are numbers in the order of their creation, so that it can be
/// changed and stay one.
#[derive(Debug, Clone)]
pub(super) struct Draft {
    pub(super) page_size: u32,
    /// Whether each segment is archived at the beginning.
    pub(super) archived: Vec<bool>,
    /// By the number of answers before them, in order.
    pub(super) edits: Vec<(u32, Step)>,
    pub(super) faults: Vec<Fault>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    Archive(usize),
    Restore(usize),
    Create,
}

impl Draft {
    pub(super) fn quiet(page_size: u32, segments: usize) -> Self {
        let (edits, faults) = (Vec::new(), Vec::new());
        Self { page_size, archived: vec![false; segments], edits, faults }
    }

    /// Whether every edit finds the segment that it needs.
    pub(super) fn is_possible(&self) -> bool {
        let mut archived = self.archived.clone();
        let in_order = self.edits.is_sorted_by_key(|(after, _)| *after);
        in_order && self.edits.iter().all(|(_, step)| step.apply(&mut archived))
    }

    pub(super) fn history(&self) -> History {
        let ids = (0..self.archived.len()).map(letters);
        let mut history = History::new(self.page_size, ids);
        for (place, _) in self.archived.iter().enumerate().filter(|(_, archived)| **archived) {
            history = history.archived(letters(place));
        }

        let mut created = self.archived.len();
        for (after, step) in &self.edits {
            let edit = match step {
                Step::Archive(place) => Edit::archive(letters(*place)),
                Step::Restore(place) => Edit::restore(letters(*place)),
                Step::Create => {
                    created += 1;
                    Edit::create(letters(created - 1))
                }
            };
            history = history.after(*after, edit);
        }
        history.with_faults(self.faults.iter().cloned().collect())
    }

    /// Without one of the segments of the beginning, and what happens to it.
    pub(super) fn without_segment(&self, gone: usize) -> Self {
        let mut draft = self.clone();
        draft.archived.remove(gone);
        draft.edits.retain_mut(|(_, step)| match step {
            Step::Archive(place) | Step::Restore(place) => {
                let stays = *place != gone;
                *place -= usize::from(*place > gone);
                stays
            }
            Step::Create => true,
        });
        draft
    }
}

impl Step {
    /// Changes which segments are archived; false if there is nothing for it to change.
    pub(super) fn apply(self, archived: &mut Vec<bool>) -> bool {
        let mut set = |place: usize, to: bool| {
            let fits = archived.get(place) == Some(&!to);
            if fits {
                archived[place] = to;
            }
            fits
        };
        match self {
            Self::Archive(place) => set(place, true),
            Self::Restore(place) => set(place, false),
            Self::Create => {
                archived.push(false);
                true
            }
        }
    }
}
