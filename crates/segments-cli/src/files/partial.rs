//! Files under way: beside the file that they become, under a name that nobody takes for it.

use std::ffi::{OsStr, OsString};
use std::fs::{self, File, Permissions};
use std::io::{self, ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tempfile::{NamedTempFile, PersistError};

use crate::files::lock::{Outcome, is_at, try_lock};

/// What the name of a file ends with that is not the whole list.
const PARTIAL: &str = ".partial";

/// How many letters and digits follow in the name of one that is under way.
const RANDOM: usize = 16;

/// What this process has to remove before it ends, for [`discard_unfinished`].
static UNFINISHED: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

/// A file under way. It is locked, by which others see that its process lives.
#[derive(Debug)]
pub(crate) struct Partial {
    temp: NamedTempFile,
    _listed: Listed,
}

impl Partial {
    /// Makes one for `path`, with these permissions or those of the umask; a private one is its
    /// owner's alone. What dead processes left there is removed.
    ///
    /// # Errors
    /// If there cannot be one, or the disk has no room for a single byte.
    pub(crate) fn create(
        path: &Path,
        private: bool,
        permissions: Option<Permissions>,
    ) -> io::Result<Self> {
        remove_dead(path);
        let mut builder = tempfile::Builder::new();
        let prefix = prefix(path);
        builder.prefix(&prefix).rand_bytes(RANDOM);
        #[cfg(unix)]
        if !private {
            builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
        }

        let mut temp = loop {
            let temp = builder.tempfile_in(directory_of(path))?;
            let locked = try_lock(temp.as_file());
            // Unless another process has taken it for a dead one's before it was locked.
            if locked == Outcome::Unknown || is_at(temp.as_file(), temp.path()) {
                break temp;
            }
        };
        let listed = Listed::new(temp.path());
        if let Some(permissions) = permissions.filter(|_| !private) {
            temp.as_file().set_permissions(permissions)?;
        }

        temp.write_all(&[0])?;
        temp.as_file().set_len(0)?;
        temp.rewind()?;
        Ok(Self { temp, _listed: listed })
    }

    /// Gives it its name, durably.
    ///
    /// # Errors
    /// If it cannot have it. Then it has none at all, and its content comes along.
    pub(crate) fn persist(self, path: &Path) -> Result<(), NotRenamed> {
        let synced = self.temp.as_file().sync_all();
        let renamed = match synced {
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

/// Why a file has not got its name, and what is in it.
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

/// Opens a file to write over what is in it.
///
/// # Errors
/// If it is not there, or cannot be written.
pub(crate) fn open_old(path: &Path) -> io::Result<File> {
    let old = File::options().write(true).open(path)?;
    if old.metadata()?.is_file() { Ok(old) } else { Err(ErrorKind::InvalidInput.into()) }
}

/// Writes the content of `new` over that of `old`. What makes it longer goes first: if there is no
/// room for that, the old content stays.
///
/// # Errors
/// If it could not be written; then the old content is gone, unless it was too long.
pub(crate) fn overwrite(old: &mut File, new: &mut File) -> io::Result<()> {
    let (before, after) = (old.metadata()?.len(), new.metadata()?.len());
    if after > before {
        new.seek(SeekFrom::Start(before))?;
        old.seek(SeekFrom::Start(before))?;
        if let Err(error) = io::copy(new, old) {
            old.set_len(before)?;
            return Err(error);
        }
    }

    new.rewind()?;
    old.rewind()?;
    io::copy(&mut new.take(before.min(after)), old)?;
    old.set_len(after)?;
    old.sync_all()
}

/// Where what is not whole goes, beside the file to which the links lead.
pub(crate) fn partial_of(path: &Path) -> PathBuf {
    let mut partial = follow(path).unwrap_or_else(|_| path.to_owned());
    partial.as_mut_os_string().push(PARTIAL);
    partial
}

fn prefix(path: &Path) -> OsString {
    let mut prefix = path.file_name().map(OsStr::to_owned).unwrap_or_default();
    prefix.push(PARTIAL);
    prefix.push("-");
    prefix
}

/// Removes what processes left beside `path` that were killed. What is not theirs beyond doubt
/// stays.
fn remove_dead(path: &Path) {
    let Ok(entries) = fs::read_dir(directory_of(path)) else { return };
    let prefix = prefix(path);
    for entry in entries.flatten() {
        let name = entry.file_name();
        let rest = name.as_encoded_bytes().strip_prefix(prefix.as_encoded_bytes());
        let ours = rest
            .is_some_and(|rest| rest.len() == RANDOM && rest.iter().all(u8::is_ascii_alphanumeric));
        if ours && entry.file_type().is_ok_and(|kind| kind.is_file()) {
            let path = entry.path();
            let Ok(file) = File::open(&path) else { continue };
            if try_lock(&file) == Outcome::Taken && is_at(&file, &path) {
                let _ = fs::remove_file(&path);
            }
        }
    }
}

/// Where the links at `path` lead, also when nothing is there yet.
///
/// # Errors
/// If they lead in a circle.
pub(crate) fn follow(path: &Path) -> io::Result<PathBuf> {
    const MOST_LINKS: usize = 40;
    let mut path = path.to_owned();
    for _ in 0..MOST_LINKS {
        match fs::read_link(&path) {
            Ok(target) => path = directory_of(&path).join(target),
            Err(_) => return Ok(path),
        }
    }
    Err(io::Error::other("too many symbolic links"))
}

/// The directory in which a path lies.
pub(crate) fn directory_of(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

/// Removes unfinished files, for an end of the process that runs no destructors.
pub(crate) fn discard_unfinished() {
    for path in unfinished().drain(..) {
        let _ = fs::remove_file(path);
    }
}

fn unfinished() -> MutexGuard<'static, Vec<PathBuf>> {
    UNFINISHED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// An entry among the unfinished files, for as long as it lives.
#[derive(Debug)]
pub(crate) struct Listed(PathBuf);

impl Listed {
    pub(crate) fn new(path: &Path) -> Self {
        unfinished().push(path.to_owned());
        Self(path.to_owned())
    }
}

impl Drop for Listed {
    fn drop(&mut self) {
        unfinished().retain(|path| *path != self.0);
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

    #[test]
    fn what_is_overwritten_has_the_new_content_and_no_other() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("old");
        for (before, after) in
            [("", ""), ("old", ""), ("", "new"), ("old", "newer"), ("older", "new")]
        {
            fs::write(&path, before).unwrap();
            let mut new = tempfile::tempfile().unwrap();
            new.write_all(after.as_bytes()).unwrap();
            overwrite(&mut open_old(&path).unwrap(), &mut new).unwrap();
            assert_eq!(fs::read_to_string(&path).unwrap(), after);
        }
        assert!(open_old(directory.path()).is_err());
    }
}
