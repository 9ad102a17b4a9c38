//! The place of `--checkpoint`: an export at rest, and the segments that it has collected.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use segments_core::export::ResumeError;
use segments_core::{Api, Checkpoint, Export, List, Plan};

use crate::checkpoint::file::{Refusal, VERSION, take_up, write};
use crate::config::paths::lock_of;
use crate::error::{CommandError, plain};
use crate::files::lock::LockFile;
use crate::files::sink::Sink;

const ANEW: &str = "Name another file, or remove this one to begin anew";

/// A place for a checkpoint, which is this process's alone as long as it lives.
#[derive(Debug)]
pub(crate) struct Store {
    path: PathBuf,
    _lock: LockFile,
    existed: bool,
    /// When the export was put to rest that was found here.
    rested_at: Option<SystemTime>,
    saved: bool,
}

impl Store {
    /// Opens the place, and takes the export up again that rests there, if one does.
    pub(crate) fn open(
        path: &Path,
        api: &Api,
        plan: &Plan,
    ) -> Result<(Self, Option<(Export, List)>), CommandError> {
        let refused = |why| Err(refused(path, why));
        let mut rested_at = None;
        let there = match fs::metadata(path) {
            _ if Sink::is_stdout(path) => return refused(Refusal::NoFile),
            Ok(old) if !old.is_file() => return refused(Refusal::NoFile),
            Ok(old) => {
                rested_at = old.modified().ok();
                true
            }
            Err(error) if error.kind() == ErrorKind::NotFound => false,
            Err(error) => return Err(unreadable(path, &error)),
        };
        let lock = LockFile::take(&lock_of(path)).map_err(|error| unwritable(path, &error))?;
        let Some(lock) = lock else { return refused(Refusal::Busy) };

        // Whether it can be written is to be known before an hour's work.
        drop(Sink::create_private(path)?);
        let found = match fs::read(path) {
            Ok(bytes) => match take_up(&bytes, api, plan) {
                Ok(found) => Some(found),
                Err(why) => return refused(why),
            },
            Err(error) if error.kind() == ErrorKind::NotFound && !there => None,
            Err(error) => return Err(unreadable(path, &error)),
        };
        let (path, existed) = (path.to_owned(), found.is_some());
        Ok((Self { path, _lock: lock, existed, rested_at, saved: false }, found))
    }

    /// Puts an export to rest, in place of what was there.
    pub(crate) fn save(
        &mut self,
        api: &Api,
        checkpoint: &Checkpoint,
        list: &List,
        salt: u64,
    ) -> Result<(), CommandError> {
        let mut sink = Sink::create_private(&self.path)?;
        let written = write(&mut sink, api, checkpoint, list, salt);
        written.map_err(|error| sink.problem(&error))?;
        sink.finish()?;
        self.saved = true;
        Ok(())
    }

    /// Removes what is there: the export is done.
    pub(crate) fn remove(self) -> Result<(), CommandError> {
        if !self.existed && !self.saved {
            return Ok(());
        }
        // Where a link leads, so that nothing old is found through it.
        let removed = fs::canonicalize(&self.path).and_then(fs::remove_file);
        removed.map_err(|error| {
            let what = format!("cannot remove {}: {}", self.path.display(), plain(&error));
            CommandError::Output { what, advice: "remove it: the export in it is done" }
        })
    }

    /// How long the export was at rest; `None` if nothing was there, or its time is in the future.
    pub(crate) fn age(&self) -> Option<Duration> {
        SystemTime::now().duration_since(self.rested_at?).ok()
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Whether something was there.
    pub(crate) fn existed(&self) -> bool {
        self.existed
    }

    /// Whether this process has put something there.
    pub(crate) fn saved(&self) -> bool {
        self.saved
    }
}

fn refused(path: &Path, why: Refusal) -> CommandError {
    let path = path.display();
    let (what, advice) = match why {
        Refusal::NoFile => (format!("--checkpoint {path} is not a file"), "Name another"),
        Refusal::Busy => (
            format!("--checkpoint {path} is in use by another export"),
            "Wait until that has ended, or name another file",
        ),
        Refusal::Foreign => (format!("--checkpoint {path} is there, and is no checkpoint"), ANEW),
        Refusal::Version(found) => (
            format!("--checkpoint {path} has version {found}, and this program reads {VERSION}"),
            ANEW,
        ),
        Refusal::Damaged | Refusal::Core(ResumeError::Damaged) => {
            (format!("--checkpoint {path} is damaged"), ANEW)
        }
        Refusal::Key => (
            format!("--checkpoint {path} was made with another key"),
            "Use that key, or remove the file to begin anew: two workspaces must not be mixed",
        ),
        Refusal::Core(why) => {
            let same = "Use the same endpoint, --goal and --sort, or remove the file to begin anew";
            (format!("--checkpoint {path}: {why}"), same)
        }
    };
    CommandError::usage(what, advice)
}

fn unreadable(path: &Path, error: &std::io::Error) -> CommandError {
    CommandError::unreadable("--checkpoint", path, error, ANEW)
}

fn unwritable(path: &Path, error: &std::io::Error) -> CommandError {
    CommandError::output(&path.display().to_string(), error)
}
