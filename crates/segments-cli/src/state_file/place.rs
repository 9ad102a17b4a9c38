//! The file of `--state` as a place: locked, read and replaced.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use segments_core::Api;

use super::content::{self, Unusable, VERSION};
use crate::changes::State;
use crate::error::CommandError;
use crate::files::{LockFile, Sink, is_stdout, lock_of};
use crate::random::seed;

const BEGIN_ANEW: &str =
    "Name another file, or remove this one to begin with the list as it is now";

/// A state that no other process uses meanwhile.
#[derive(Debug)]
pub(crate) struct StateFile {
    path: PathBuf,
    _lock: LockFile,
    state: Option<State>,
}

impl StateFile {
    /// Opens the file, and reads the state in it, if there is one.
    pub(crate) fn open(
        path: &Path,
        api: &Api,
        accepts_new_key: bool,
    ) -> Result<Self, CommandError> {
        let unusable = |why| unusable(path, why);

        match fs::metadata(path) {
            _ if is_stdout(path) => return Err(unusable(Unusable::NotAFile)),
            Ok(old) if !old.is_file() => return Err(unusable(Unusable::NotAFile)),
            Err(error) if error.kind() != ErrorKind::NotFound => {
                return Err(unreadable(path, &error));
            }
            Ok(_) | Err(_) => {}
        }
        let lock = LockFile::take(&lock_of(path))
            .map_err(|error| CommandError::write_failed(&path.display().to_string(), &error))?
            .ok_or_else(|| unusable(Unusable::InUse))?;
        // A file that cannot be written should fail now, not after the events were written.
        drop(Sink::create_private(path)?);

        let state = match fs::read(path) {
            Ok(bytes) => Some(content::read(&bytes, api, accepts_new_key).map_err(unusable)?),
            Err(error) if error.kind() == ErrorKind::NotFound => None,
            Err(error) => return Err(unreadable(path, &error)),
        };
        Ok(Self { path: path.to_owned(), _lock: lock, state })
    }

    /// The state that was read, or has replaced it.
    pub(crate) fn state(&self) -> Option<&State> {
        self.state.as_ref()
    }

    /// Replaces the state, all at once.
    pub(crate) fn replace(&mut self, api: &Api, state: State) -> Result<(), CommandError> {
        let mut sink = Sink::create_private(&self.path)?;
        let written = content::write(&mut sink, api, &state, seed());
        written.map_err(|error| sink.write_error(&error))?;
        sink.finish()?;

        self.state = Some(state);
        Ok(())
    }
}

fn unusable(path: &Path, why: Unusable) -> CommandError {
    let path = path.display();
    let (message, advice) = match why {
        Unusable::NotAFile => (format!("--state {path} is not a file"), "Name a file"),
        Unusable::InUse => (
            format!("--state {path} is in use by another process"),
            "Wait until that has ended, or name another file",
        ),
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

fn unreadable(path: &Path, error: &io::Error) -> CommandError {
    CommandError::unreadable("--state", path, error, BEGIN_ANEW)
}
