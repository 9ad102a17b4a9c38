//! Locks between processes, which the system releases when their holder ends, however it ends.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::{fs, io};

use crate::files::partial::Listed;

/// Whether a lock could be had.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    Taken,
    /// Another process holds it.
    Busy,
    /// There are no locks on this file system.
    Unknown,
}

/// Tries to lock a file until it is closed.
#[cfg(unix)]
pub(crate) fn try_lock(file: &File) -> Outcome {
    use rustix::fs::{FlockOperation, flock};

    match flock(file, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => Outcome::Taken,
        Err(rustix::io::Errno::WOULDBLOCK) => Outcome::Busy,
        Err(_) => Outcome::Unknown,
    }
}

#[cfg(not(unix))]
pub(crate) fn try_lock(_: &File) -> Outcome {
    Outcome::Unknown
}

/// Whether `path` still names the file that was opened there.
#[cfg(unix)]
pub(crate) fn is_at(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;

    let (Ok(open), Ok(named)) = (file.metadata(), fs::symlink_metadata(path)) else { return false };
    (open.dev(), open.ino()) == (named.dev(), named.ino())
}

#[cfg(not(unix))]
pub(crate) fn is_at(_: &File, path: &Path) -> bool {
    path.exists()
}

/// A file of its own that stands for another one, and is there while somebody works with that.
#[derive(Debug)]
pub(crate) struct LockFile {
    path: PathBuf,
    _file: File,
    _listed: Listed,
}

impl LockFile {
    /// Takes the lock; `None` if another process has it.
    ///
    /// # Errors
    /// If the file cannot be made.
    pub(crate) fn take(path: &Path) -> io::Result<Option<Self>> {
        loop {
            let mut options = File::options();
            #[cfg(unix)]
            std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
            let file = options.read(true).write(true).create(true).truncate(false).open(path)?;

            match try_lock(&file) {
                Outcome::Busy => return Ok(None),
                // Its holder has removed it in between, so this one stands for nothing.
                Outcome::Taken if !is_at(&file, path) => {}
                Outcome::Taken | Outcome::Unknown => {
                    let listed = Listed::new(path);
                    return Ok(Some(Self { path: path.to_owned(), _file: file, _listed: listed }));
                }
            }
        }
    }
}

/// Removed while it is locked: whoever opens it sees that it is no longer there.
impl Drop for LockFile {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.path);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_at_a_time_has_it() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("saved.lock");
        let first = LockFile::take(&path).unwrap().expect("it is free");
        assert!(LockFile::take(&path).unwrap().is_none());
        drop(first);
        assert!(!path.exists());

        // What a dead process left is nobody's.
        fs::write(&path, "").unwrap();
        assert!(LockFile::take(&path).unwrap().is_some());
        assert!(!path.exists());
        assert!(LockFile::take(&directory.path().join("missing/lock")).is_err());
    }
}
