use std::fmt;

use segments_emulator::{Script, Workspace};
use serde_json::Value;

use super::edit::{Edit, segment};
use super::server::{KEY, Server};

/// A list, and what happens to it between which answers.
///
/// `Debug` writes it as Rust, so that a minimal case of proptest can be pasted into a test:
///
/// ```
/// use segments_proptest::history::{Edit, History};
///
/// let history = History::new(2, ["a", "b", "c"]).after(1, Edit::archive("a"));
/// assert_eq!(
///     format!("{history:?}"),
///     r#"History::new(2, ["a", "b", "c"]).after(1, Edit::archive("a"))"#
/// );
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct History {
    page_size: u32,
    created: Vec<String>,
    archived: Vec<String>,
    /// By the number of answers before them.
    edits: Vec<(u32, Edit)>,
    faults: Script,
}

impl History {
    /// A list of these segments, the oldest first, so many on a page, to which nothing happens.
    ///
    /// # Panics
    /// If `page_size` is 0.
    pub fn new<T: Into<String>>(page_size: u32, ids: impl IntoIterator<Item = T>) -> Self {
        assert!(page_size > 0, "no page holds nothing");
        Self {
            page_size,
            created: ids.into_iter().map(Into::into).collect(),
            archived: Vec::new(),
            edits: Vec::new(),
            faults: Script::new(),
        }
    }

    /// With this segment archived before the beginning.
    #[must_use]
    pub fn archived(mut self, id: impl Into<String>) -> Self {
        self.archived.push(id.into());
        self
    }

    /// With an edit between answer number `answers`, counted from 1, and the next one. One behind
    /// the last answer never happens.
    ///
    /// Edits have to be added in the order in which they happen.
    #[must_use]
    pub fn after(mut self, answers: u32, edit: Edit) -> Self {
        self.edits.push((answers, edit));
        self
    }

    /// With a server on which these things go wrong.
    #[must_use]
    pub fn with_faults(mut self, faults: Script) -> Self {
        self.faults = faults;
        self
    }

    /// Segments on a page.
    pub fn page_size(&self) -> u32 {
        self.page_size
    }

    /// What goes wrong.
    pub fn faults(&self) -> &Script {
        &self.faults
    }

    /// Every edit, and how many answers there are before it.
    pub fn edits(&self) -> &[(u32, Edit)] {
        &self.edits
    }

    /// The server, before the first request.
    ///
    /// # Panics
    /// If the history is not possible: an id is empty or there twice, or what is archived never was
    /// created.
    pub fn server(&self) -> Server {
        let mut workspace = Workspace::new()
            .with_key(KEY)
            .with_page_size(self.page_size)
            .with_segments(self.created.iter().map(|id| segment(id)))
            .with_faults(self.faults.clone());
        for id in &self.archived {
            workspace.archive(id).expect("an id of the list");
        }
        Server::new(workspace, self.edits.clone())
    }
}

/// As it is written in Rust.
impl fmt::Debug for History {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "History::new({}, {:?})", self.page_size, self.created)?;
        for id in &self.archived {
            write!(f, ".archived({id:?})")?;
        }
        for (answers, edit) in &self.edits {
            write!(f, ".after({answers}, {edit:?})")?;
        }
        if self.faults != Script::new() {
            let faults = brief(&self.faults).map_err(|_| fmt::Error)?;
            write!(f, ".with_faults(r#\"{faults}\"#.parse()?)")?;
        }
        Ok(())
    }
}

/// A script as JSON, without what goes without saying.
fn brief(script: &Script) -> serde_json::Result<String> {
    let mut rules = serde_json::to_value(script)?;
    for rule in rules.as_array_mut().into_iter().flatten().filter_map(Value::as_object_mut) {
        let usual = [("after", 0), ("delay_ms", 0), ("times", 1)];
        rule.retain(|key, value| usual.iter().all(|(name, usual)| key != name || value != usual));
    }
    serde_json::to_string(&rules)
}
