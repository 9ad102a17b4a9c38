use std::time::Duration;

use segments_core::{Goal, Plan, SortDirection};

use super::class::Class;
use super::ranks::Ranks;

/// One export of a changing list.
#[derive(Debug, Clone, Copy)]
pub struct Setup {
    /// What it is to prove.
    pub goal: Goal,
    /// In which order.
    pub direction: SortDirection,
    /// Rows of a page.
    pub page_size: usize,
    /// Requests in flight.
    pub window: u16,
    /// The most passes.
    pub max_passes: u32,
    /// The list at the beginning.
    pub listed: Ranks,
    /// Ranks that exist.
    pub ranks: usize,
    /// What can happen to them.
    pub class: Class,
    /// How often something can be created, archived or restored.
    pub events: usize,
    /// How often a segment can be edited.
    pub edits: usize,
    /// How often a request can fail; its response can come late then.
    pub failures: usize,
    /// How often the export can be put aside and resumed.
    pub breaks: usize,
    /// After so many seconds it has to end; 0 for never.
    pub deadline: u64,
    /// Ranks that exist and are hidden after paging: a page with one of them is shorter by it.
    pub hidden: Ranks,
    /// How many answers can lack the end of their page.
    pub cuts: usize,
    /// No time passes while a response travels, and the first comes at time zero.
    pub instant: bool,
    /// How likely each of these is before each response, in thousandths, where chance decides.
    pub per_mille: u32,
    /// Ranks in a row without an order of their own; 1 for a total order.
    pub ties: usize,
    /// What makes ids other than ranks.
    pub salt: usize,
    /// The emulator answers, instead of the model. It has a total order.
    pub emulator: bool,
}

impl Setup {
    /// A quiet list of so many segments, with room for as many more.
    pub fn quiet(goal: Goal, page_size: usize, len: usize) -> Self {
        Self {
            goal,
            direction: SortDirection::Asc,
            page_size,
            window: 1,
            max_passes: Plan::new(goal).max_passes,
            listed: Ranks::first(len),
            ranks: len,
            class: Class::All,
            events: 0,
            edits: 0,
            failures: 0,
            breaks: 0,
            deadline: 0,
            hidden: Ranks::default(),
            cuts: 0,
            instant: false,
            per_mille: 200,
            ties: 1,
            salt: 0,
            emulator: false,
        }
    }

    /// Whether a page can be shorter than it should be: `short_page_is_end` does not hold then.
    pub fn shortens(&self) -> bool {
        self.cuts > 0 || !self.hidden.is_empty()
    }

    /// The plan for it.
    pub fn plan(&self) -> Plan {
        let mut plan = Plan::new(self.goal);
        plan.sort_direction = self.direction;
        plan.window = self.window;
        plan.page_size = self.page_size;
        plan.max_passes = self.max_passes;
        plan.deadline = (self.deadline > 0).then_some(Duration::from_secs(self.deadline));
        plan
    }
}
