//! The file of `--state` as a place: locked, read and replaced.

use std::path::Path;

use segments_core::Api;

use super::content::{self, Unusable, VERSION};
use crate::changes::State;
use crate::error::CommandError;
use crate::files::{OwnedFile, OwnedFileRole};
use crate::random::seed;

const BEGIN_ANEW: &str =
    "Name another file, or remove this one to begin with the list as it is now";

const ROLE: OwnedFileRole =
    OwnedFileRole { flag: "--state", other_user: "process", advice: BEGIN_ANEW };

/// A state that no other process uses meanwhile.
#[derive(Debug)]
pub(crate) struct StateFile {
    file: OwnedFile,
    state: Option<State>,
}

impl StateFile {
    /// Opens the file, and reads the state in it, if there is one.
    pub(crate) fn open(
        path: &Path,
        api: &Api,
        accepts_new_key: bool,
    ) -> Result<Self, CommandError> {
        let (file, old) = OwnedFile::open(path, ROLE)?;
        let state = old
            .map(|old| content::read(&old.bytes, api, accepts_new_key))
            .transpose()
            .map_err(|why| unusable(path, why))?;
        Ok(Self { file, state })
    }

    /// The state that was read, or has replaced it.
    pub(crate) fn state(&self) -> Option<&State> {
        self.state.as_ref()
    }

    /// Replaces the state, all at once.
    pub(crate) fn replace(&mut self, api: &Api, state: State) -> Result<(), CommandError> {
        self.file.replace(|sink| content::write(sink, api, &state, seed()))?;
        self.state = Some(state);
        Ok(())
    }
}

fn unusable(path: &Path, why: Unusable) -> CommandError {
    let path = path.display();
    let (message, advice) = match why {
        Unusable::Foreign => (format!("--state {path} exists and is not a state"), BEGIN_ANEW),
        Unusable::Version(found) => (
            format!("--state {path} has version {found}, and this program reads {VERSION}"),
            BEGIN_ANEW,
        ),
        Unusable::Damaged => (format!("--state {path} is damaged"), BEGIN_ANEW),
        Unusable::Endpoint(found) => (
            format!("--state {path} is that of {found}"),
            "Use that endpoint, or name another file: two workspaces must not be mixed",
        ),
        Unusable::Key => (
            format!("--state {path} was made with another key"),
            "Use that key, or name another file: two workspaces must not be mixed. If it is a new \
             key of the same workspace, add --accept-new-key",
        ),
    };
    CommandError::usage(message, advice)
}
