use std::collections::VecDeque;

use crate::workspace::edit::Edit;

/// The last edits that were made as values, each with the number of responses before it.
#[derive(Debug, Clone, Default)]
pub(crate) struct EditHistory {
    edits: VecDeque<(u64, Edit)>,
}

impl EditHistory {
    /// How many edits are kept.
    const CAPACITY: usize = 100;

    pub(crate) fn push(&mut self, responses: u64, edit: Edit) {
        if self.edits.len() == Self::CAPACITY {
            self.edits.pop_front();
        }
        self.edits.push_back((responses, edit));
    }

    /// Oldest first.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &(u64, Edit)> {
        self.edits.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_hundred_are_kept() {
        let mut history = EditHistory::default();
        for number in 0..=100 {
            history.push(number, Edit::Archive(number.to_string()));
        }

        assert_eq!(history.iter().count(), 100);
        assert_eq!(history.iter().next(), Some(&(1, Edit::Archive("1".to_owned()))));
    }
}
