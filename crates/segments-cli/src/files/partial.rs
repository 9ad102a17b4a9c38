//! Unfinished files: beside the file that they become, under a name that nobody mistakes for it.

use std::ffi::{OsStr, OsString};
use std::fs::{self, File, Permissions};
use std::io::{self, Seek, Write};
use std::path::Path;

use tempfile::{NamedTempFile, PersistError};

use super::lock::{TryLock, is_at, try_lock};
use super::path::{PARTIAL, directory_of};
use super::unfinished::Unfinished;

/// How many letters and digits end the name.
const RANDOM: usize = 16;

/// An unfinished file. It is locked, which tells other processes that this one is alive.
#[derive(Debug)]
pub(crate) struct Partial {
    temp: NamedTempFile,
    _unfinished: Unfinished,
}

impl Partial {
    /// Makes one for `path`, with these permissions or those of the umask; a private one is for
    /// its owner alone. Removes what dead processes left there.
    ///
    /// # Errors
    /// If it cannot be made, or the disk has no room for a single byte.
    pub(crate) fn create(
        path: &Path,
        private: bool,
        permissions: Option<Permissions>,
    ) -> io::Result<Self> {
        remove_dead(path);
        let mut temp = create_locked(path, private)?;
        let unfinished = Unfinished::new(temp.path());

        if let Some(permissions) = permissions.filter(|_| !private) {
            temp.as_file().set_permissions(permissions)?;
        }
        // A full disk should fail now, not after an hour's work.
        temp.write_all(&[0])?;
        temp.as_file().set_len(0)?;
        temp.rewind()?;
        Ok(Self { temp, _unfinished: unfinished })
    }

    /// Gives it its name, durably.
    ///
    /// # Errors
    /// If that fails. Then the file has no name at all, and its content is handed back.
    pub(crate) fn persist(self, path: &Path) -> Result<(), NotRenamed> {
        let renamed = match self.temp.as_file().sync_all() {
            Ok(()) => self.temp.persist(path),
            Err(error) => Err(PersistError { error, file: self.temp }),
        };
        if let Err(PersistError { error, file }) = renamed {
            return Err(NotRenamed { error, content: file.into_file() });
        }

        // The name is durable once its directory is; some file systems cannot do that.
        #[cfg(unix)]
        if let Ok(directory) = File::open(directory_of(path)) {
            let _ = directory.sync_all();
        }
        Ok(())
    }
}

/// Why a file has not got its name, and its content.
#[derive(Debug)]
pub(crate) struct NotRenamed {
    pub(crate) error: io::Error,
    pub(crate) content: File,
}

impl Write for Partial {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.temp.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.temp.flush()
    }
}

fn create_locked(path: &Path, private: bool) -> io::Result<NamedTempFile> {
    let prefix = prefix(path);
    let mut builder = tempfile::Builder::new();
    builder.prefix(&prefix).rand_bytes(RANDOM);

    let mut options = File::options();
    options.read(true).write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, if private { 0o600 } else { 0o666 });

    loop {
        // Opened here and not by `tempfile`, whose errors name this path, which the user has not.
        let temp = builder.make_in(directory_of(path), |path| options.open(path))?;
        let locked = try_lock(temp.as_file());
        // Before it was locked, another process may have removed it as a dead one's.
        if locked == TryLock::Unsupported || is_at(temp.as_file(), temp.path()) {
            return Ok(temp);
        }
    }
}

fn prefix(path: &Path) -> OsString {
    let mut prefix = path.file_name().map(OsStr::to_owned).unwrap_or_default();
    prefix.push(PARTIAL);
    prefix.push("-");
    prefix
}

/// Removes what killed processes left beside `path`, and only what is theirs beyond doubt.
fn remove_dead(path: &Path) {
    let Ok(entries) = fs::read_dir(directory_of(path)) else { return };
    let prefix = prefix(path);

    for entry in entries.flatten() {
        let name = entry.file_name();
        let random = name.as_encoded_bytes().strip_prefix(prefix.as_encoded_bytes());
        let is_ours = random.is_some_and(|random| {
            random.len() == RANDOM && random.iter().all(u8::is_ascii_alphanumeric)
        });
        if !is_ours || !entry.file_type().is_ok_and(|kind| kind.is_file()) {
            continue;
        }

        let path = entry.path();
        let Ok(file) = File::open(&path) else { continue };
        let is_dead = try_lock(&file) == TryLock::Locked && is_at(&file, &path);
        if is_dead {
            let _ = fs::remove_file(&path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(directory: &Path) -> Vec<String> {
        let entries = fs::read_dir(directory).unwrap();
        let mut names: Vec<_> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn what_the_dead_left_is_removed_and_nothing_else() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("out");
        let others = [
            "another.partial-0123456789abcdef",
            "out",
            "out.partial",
            "out.partial-0123456789abcde",
            "out.partial-0123456789abcdef0",
            "out.partial-0123456789abcd-f",
        ];
        for name in others.iter().chain(&["out.partial-0123456789abcdef"]) {
            fs::write(directory.path().join(name), "").unwrap();
        }
        fs::create_dir(directory.path().join("out.partial-fedcba9876543210")).unwrap();
        let alive = Partial::create(&path, false, None).unwrap();
        let second = Partial::create(&path, true, None).unwrap();
        let left = names(directory.path());
        assert_eq!(left.len(), others.len() + 3, "{left:?}");
        assert!(!left.contains(&"out.partial-0123456789abcdef".to_owned()));
        assert!(others.iter().all(|name| left.contains(&(*name).to_owned())));
        drop((alive, second));
        assert_eq!(names(directory.path()).len(), others.len() + 1);
    }
}
