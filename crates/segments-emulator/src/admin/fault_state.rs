use serde::Serialize;

use crate::faults::script::Script;
use crate::workspace::Workspace;

/// The script, and how often each of its faults has fired.
#[derive(Debug, Serialize)]
pub(crate) struct FaultState<'a> {
    faults: &'a Script,
    fired: Vec<u32>,
}

impl<'a> FaultState<'a> {
    pub(crate) fn of(workspace: &'a Workspace) -> Self {
        let script = workspace.script();
        Self { faults: script, fired: script.fired().collect() }
    }
}
