//! Many workspaces: which there are, what has become of each, and which of them are done.

mod completion;
mod directory;
mod list;
mod name;
mod outcome;
mod spec;
mod summary;
mod worst;

pub(crate) use completion::{Completion, Wanted};
pub(crate) use directory::{Directory, WorkspaceFiles};
pub(crate) use list::{Workspace, parse_workspaces};
pub(crate) use outcome::{Ending, Outcome};
pub(crate) use spec::ExportSpec;
pub(crate) use summary::Summary;
pub(crate) use worst::worst;
