//! People edit the list between two responses.

use segments_emulator::{Edit, Workspace, sample};

use super::build::{USUAL, workspace};
use crate::case::{Case, Setting};

pub(super) const CASES: &[Case] = &[
    Case::new("archived", "an old segment is archived after the first response", |setting| {
        edited(setting, 1, [Edit::Archive(id(7))])
    }),
    Case::new("archived-later", "old segments are archived after the second response", |setting| {
        edited(setting, 2, [7, 107, 108].map(|row| Edit::Archive(id(row))))
    }),
    Case::new("restored", "an old segment is restored after the first response", |setting| {
        let mut workspace = edited(setting, 1, [Edit::Restore(id(7))]);
        workspace.archive(&id(7)).expect("it is listed");
        workspace
    }),
    Case::new("created", "two segments are created after the first response", |setting| {
        edited(setting, 1, [USUAL, USUAL + 1].map(created))
    }),
    Case::new("swapped", "one is archived and one created: the length stays", |setting| {
        edited(setting, 1, [Edit::Archive(id(7)), created(USUAL)])
    }),
    Case::new("renamed", "a segment is renamed after the first response", |setting| {
        edited(setting, 1, [Edit::Rename { id: id(107), name: "Renamed".to_owned() }])
    }),
];

/// The id of a segment of the usual list, by its place.
fn id(place: usize) -> String {
    sample(place + 1, 1)[place].id().to_owned()
}

/// A segment that the usual list does not have, and a longer one has in this place.
fn created(place: usize) -> Edit {
    Edit::Create(sample(place + 1, 1).swap_remove(place))
}

fn edited<const N: usize>(setting: &Setting<'_>, after: u64, edits: [Edit; N]) -> Workspace {
    let mut workspace = workspace(setting, USUAL);
    for edit in edits {
        workspace.edit_after(after, edit);
    }
    workspace
}
