use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::lock::LockFile;
use super::path::{is_stdout, lock_of};
use super::sink::Sink;
use crate::error::CommandError;

/// What the texts about an [`OwnedFile`] call it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct OwnedFileRole {
    /// The flag that names the file.
    pub(crate) flag: &'static str,
    /// What else can use it.
    pub(crate) other_user: &'static str,
    /// What to do about a file that cannot be read.
    pub(crate) advice: &'static str,
}

/// A file of state between two runs, which no other process uses meanwhile.
#[derive(Debug)]
pub(crate) struct OwnedFile {
    path: PathBuf,
    _lock: LockFile,
}

/// What was in the file.
pub(crate) struct Found {
    pub(crate) bytes: Vec<u8>,
    pub(crate) modified: Option<SystemTime>,
}

impl OwnedFile {
    /// Locks the file, which need not exist, and reads it.
    ///
    /// # Errors
    /// If it is no file, is in use, or cannot be read or written.
    pub(crate) fn open(
        path: &Path,
        role: OwnedFileRole,
    ) -> Result<(Self, Option<Found>), CommandError> {
        let OwnedFileRole { flag, other_user, advice } = role;
        let name = path.display();
        let unreadable = |error: &io::Error| CommandError::unreadable(flag, path, error, advice);
        let not_a_file =
            || CommandError::usage(format!("{flag} {name} is not a file"), "Name a file");

        let old = match fs::metadata(path) {
            _ if is_stdout(path) => return Err(not_a_file()),
            Ok(old) if !old.is_file() => return Err(not_a_file()),
            Ok(old) => Some(old),
            Err(error) if error.kind() == ErrorKind::NotFound => None,
            Err(error) => return Err(unreadable(&error)),
        };
        let lock = LockFile::take(&lock_of(path))
            .map_err(|error| CommandError::write_failed(&name.to_string(), &error))?
            .ok_or_else(|| {
                CommandError::usage(
                    format!("{flag} {name} is in use by another {other_user}"),
                    "Wait until that has ended, or name another file",
                )
            })?;
        // A file that cannot be written should fail now, not after an hour's work.
        drop(Sink::create_private(path)?);

        let found = match fs::read(path) {
            Ok(bytes) => Some(Found { bytes, modified: old.and_then(|old| old.modified().ok()) }),
            Err(error) if error.kind() == ErrorKind::NotFound && old.is_none() => None,
            Err(error) => return Err(unreadable(&error)),
        };
        Ok((Self { path: path.to_owned(), _lock: lock }, found))
    }

    /// Replaces its content, all at once.
    pub(crate) fn replace(
        &self,
        write: impl FnOnce(&mut Sink) -> io::Result<()>,
    ) -> Result<(), CommandError> {
        let mut sink = Sink::create_private(&self.path)?;
        write(&mut sink).map_err(|error| sink.write_error(&error))?;
        sink.finish().map(drop)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}
