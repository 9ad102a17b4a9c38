//! Where a path leads.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// The end of the name of a file that does not hold the whole list.
pub(super) const PARTIAL: &str = ".partial";

/// Whether `path` stands for standard output.
pub(crate) fn is_stdout(path: &Path) -> bool {
    ["-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"].map(Path::new).contains(&path)
}

/// The file to which the links at `path` lead, which need not exist.
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

/// Where an incomplete list goes: beside the file to which the links lead.
pub(crate) fn partial_of(path: &Path) -> PathBuf {
    beside(path, PARTIAL)
}

/// Where the lock of a file is: beside the file to which the links lead.
pub(crate) fn lock_of(path: &Path) -> PathBuf {
    beside(path, ".lock")
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut path = follow(path).unwrap_or_else(|_| path.to_owned());
    path.as_mut_os_string().push(ending);
    path
}
