use serde::{Deserialize, Serialize};

use crate::workspace::edit::Edit;

/// Edits that wait for a response.
#[derive(Debug, Clone, Default)]
pub(crate) struct Schedule {
    /// After how many responses each takes place.
    by_count: Vec<(u64, Edit)>,
    by_page: Vec<PlannedEdit>,
}

/// An edit that takes place as soon as a page has been sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PlannedEdit {
    /// Counted from 0, in either order.
    pub(crate) after_page: u32,
    pub(crate) edit: Edit,
}

impl Schedule {
    pub(crate) fn add(&mut self, responses: u64, edit: Edit) {
        self.by_count.push((responses, edit));
    }

    pub(crate) fn add_planned(&mut self, planned: PlannedEdit) {
        self.by_page.push(planned);
    }

    pub(crate) fn planned(&self) -> &[PlannedEdit] {
        &self.by_page
    }

    pub(crate) fn set_planned(&mut self, planned: Vec<PlannedEdit>) {
        self.by_page = planned;
    }

    /// Removes and returns what is due after so many responses, of which the last one sent this
    /// page. What was added first comes first.
    pub(crate) fn take_due(&mut self, responses: u64, page: Option<u32>) -> Vec<Edit> {
        let (counted, later): (Vec<_>, Vec<_>) = std::mem::take(&mut self.by_count)
            .into_iter()
            .partition(|(after, _)| *after <= responses);
        self.by_count = later;

        let (planned, later): (Vec<_>, Vec<_>) = std::mem::take(&mut self.by_page)
            .into_iter()
            .partition(|planned| Some(planned.after_page) == page);
        self.by_page = later;

        let counted = counted.into_iter().map(|(_, edit)| edit);
        counted.chain(planned.into_iter().map(|planned| planned.edit)).collect()
    }
}
