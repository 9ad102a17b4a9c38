//! The file of `--checkpoint` as a place: locked, read, replaced and removed.

use std::fs;
use std::path::Path;
use std::time::{Duration, SystemTime};

use segments_core::export::ResumeError;
use segments_core::{Api, Checkpoint, Export, List, Plan};

use super::file::{self, Unusable, VERSION};
use crate::error::CommandError;
use crate::files::{OwnedFile, OwnedFileRole};

const BEGIN_ANEW: &str = "Name another file, or remove this one to start over";

const ROLE: OwnedFileRole =
    OwnedFileRole { flag: "--checkpoint", other_user: "export", advice: BEGIN_ANEW };

/// A checkpoint file that no other process uses meanwhile.
#[derive(Debug)]
pub(crate) struct Store {
    file: OwnedFile,
    /// Whether an export was found in it.
    was_found: bool,
    modified: Option<SystemTime>,
    /// Whether this process has saved an export in it.
    is_saved: bool,
}

impl Store {
    /// Opens the file, and resumes the export in it, if there is one.
    pub(crate) fn open(
        path: &Path,
        api: &Api,
        plan: &Plan,
    ) -> Result<(Self, Option<(Export, List)>), CommandError> {
        let (file, old) = OwnedFile::open(path, ROLE)?;
        let modified = old.as_ref().and_then(|old| old.modified);
        let found = old
            .map(|old| file::read(&old.bytes, api, plan))
            .transpose()
            .map_err(|why| unusable(path, why))?;

        let store = Self { file, was_found: found.is_some(), modified, is_saved: false };
        Ok((store, found))
    }

    /// Saves an export, in place of the old content.
    pub(crate) fn save(
        &mut self,
        api: &Api,
        checkpoint: &Checkpoint,
        list: &List,
        salt: u64,
    ) -> Result<(), CommandError> {
        self.file.replace(|sink| file::write(sink, api, checkpoint, list, salt))?;
        self.is_saved = true;
        Ok(())
    }

    /// Removes the file: the export is done.
    pub(crate) fn remove(self) -> Result<(), CommandError> {
        if !self.was_found && !self.is_saved {
            return Ok(());
        }

        // The file to which a link leads, so that nothing old is found through the link.
        let removed = fs::canonicalize(self.path()).and_then(fs::remove_file);
        removed.map_err(|error| CommandError::Output {
            message: format!("cannot remove {}: {error}", self.path().display()),
            advice: "remove it: the export in it is done",
        })
    }

    /// How old the export was that was found; `None` without one, or if its time is in the future.
    pub(crate) fn age(&self) -> Option<Duration> {
        SystemTime::now().duration_since(self.modified?).ok()
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        self.file.path()
    }

    /// Whether an export was found in it.
    pub(crate) fn was_found(&self) -> bool {
        self.was_found
    }

    /// Whether this process has saved an export in it.
    pub(crate) fn is_saved(&self) -> bool {
        self.is_saved
    }
}

fn unusable(path: &Path, why: Unusable) -> CommandError {
    let path = path.display();
    let (message, advice) = match why {
        Unusable::Foreign => {
            (format!("--checkpoint {path} exists and is not a checkpoint"), BEGIN_ANEW)
        }
        Unusable::Version(found) => (
            format!("--checkpoint {path} has version {found}, and this program reads {VERSION}"),
            BEGIN_ANEW,
        ),
        Unusable::Damaged | Unusable::Export(ResumeError::Damaged) => {
            (format!("--checkpoint {path} is damaged"), BEGIN_ANEW)
        }
        Unusable::Key => (
            format!("--checkpoint {path} was made with another key"),
            "Use that key, or remove the file to start over: two workspaces must not be mixed",
        ),
        Unusable::Export(why) => (
            format!("--checkpoint {path}: {why}"),
            "Use the same endpoint, --goal and --sort, or remove the file to start over",
        ),
    };
    CommandError::usage(message, advice)
}
