//! What a list was asked for. A list that was asked for the same need not be read again.

use segments_core::{Endpoint, Goal, Plan, SortDirection};
use serde::{Deserialize, Serialize};

use crate::config::Layout;
use crate::output::Cells;

/// Where a list comes from, how it is read, and how it is written. Not with which key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ExportSpec {
    endpoint: String,
    goal: Goal,
    sort_direction: SortDirection,
    replaces_invalid_text: bool,
    format: String,
    fields: Vec<String>,
    cells: Cells,
}

impl ExportSpec {
    pub(crate) fn new(
        endpoint: &Endpoint,
        plan: &Plan,
        layout: &Layout,
        replaces_invalid_text: bool,
    ) -> Self {
        Self {
            endpoint: endpoint.to_string(),
            goal: plan.goal,
            sort_direction: plan.sort_direction,
            replaces_invalid_text,
            format: layout.format.name().to_owned(),
            fields: layout.fields.names().map(str::to_owned).collect(),
            cells: layout.cells,
        }
    }
}
