//! Locks between processes. The system releases them when their holder ends, however it ends.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::{fs, io};

use super::unfinished::Unfinished;

/// What came of trying to lock a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TryLock {
    Locked,
    /// Another process holds the lock.
    Busy,
    /// This file system has no locks.
    Unsupported,
}

/// Tries to lock a file until it is closed.
#[cfg(unix)]
pub(super) fn try_lock(file: &File) -> TryLock {
    use rustix::fs::{FlockOperation, flock};

    match flock(file, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => TryLock::Locked,
        Err(rustix::io::Errno::WOULDBLOCK) => TryLock::Busy,
        Err(_) => TryLock::Unsupported,
    }
}

#[cfg(not(unix))]
pub(super) fn try_lock(_: &File) -> TryLock {
    TryLock::Unsupported
}

/// Whether `path` still names the file that was opened there.
#[cfg(unix)]
pub(super) fn is_at(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;

    let (Ok(open), Ok(named)) = (file.metadata(), fs::symlink_metadata(path)) else { return false };
    (open.dev(), open.ino()) == (named.dev(), named.ino())
}

#[cfg(not(unix))]
pub(super) fn is_at(_: &File, path: &Path) -> bool {
    path.exists()
}

/// A lock file: it stands for another file, and is there while a process works with that one.
#[derive(Debug)]
pub(crate) struct LockFile {
    path: PathBuf,
    _file: File,
    _unfinished: Unfinished,
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
                TryLock::Busy => return Ok(None),
                // Its last holder has removed it in the meantime, so a lock on it is worth nothing.
                TryLock::Locked if !is_at(&file, path) => {}
                TryLock::Locked | TryLock::Unsupported => {
                    let unfinished = Unfinished::new(path);
                    let path = path.to_owned();
                    return Ok(Some(Self { path, _file: file, _unfinished: unfinished }));
                }
            }
        }
    }
}

/// Removed while it is locked, so that a process that has opened it sees that it is gone.
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
