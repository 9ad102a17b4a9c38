//! Files that can be written, but not replaced by another one of their name.

use std::fs::{self, File, Metadata};
use std::io::{self, ErrorKind, Read, Seek, SeekFrom};
use std::path::Path;

use super::path::directory_of;

/// What the file at `path` is, if it cannot be replaced as far as that can be known beforehand.
pub(super) fn why(path: &Path, old: &Metadata) -> Option<&'static str> {
    if is_mounted(path) {
        return Some("a mount of its own");
    }
    let directory = fs::metadata(directory_of(path)).ok()?;
    is_guarded(old, &directory).then_some("another user's, in a directory with the sticky bit")
}

/// Whether something is mounted at the file itself, as containers do with single files.
#[cfg(target_os = "linux")]
fn is_mounted(path: &Path) -> bool {
    use rustix::fs::{AtFlags, CWD, StatxAttributes, StatxFlags, statx};

    statx(CWD, path, AtFlags::empty(), StatxFlags::empty())
        .is_ok_and(|found| found.stx_attributes.contains(StatxAttributes::MOUNT_ROOT))
}

#[cfg(not(target_os = "linux"))]
fn is_mounted(_: &Path) -> bool {
    false
}

/// Whether the directory lets only owners replace files, and this process is none of them.
#[cfg(unix)]
fn is_guarded(old: &Metadata, directory: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;

    const STICKY: u32 = 0o1000;
    let user = rustix::process::geteuid().as_raw();
    let owners = [0, old.uid(), directory.uid()];
    directory.mode() & STICKY != 0 && !owners.contains(&user)
}

#[cfg(not(unix))]
fn is_guarded(_: &Metadata, _: &Metadata) -> bool {
    false
}

/// Opens a file to overwrite its content.
///
/// # Errors
/// If it is not there, or cannot be written.
pub(super) fn open_old(path: &Path) -> io::Result<File> {
    let old = File::options().write(true).open(path)?;
    if old.metadata()?.is_file() { Ok(old) } else { Err(ErrorKind::InvalidInput.into()) }
}

/// Writes the content of `new` over that of `old`.
///
/// # Errors
/// If it could not be written; then the old content is gone, unless the disk had no room for what
/// the new one is longer.
pub(super) fn overwrite(old: &mut File, new: &mut File) -> io::Result<()> {
    let (before, after) = (old.metadata()?.len(), new.metadata()?.len());

    // What makes it longer goes first: if the disk is full, the old content stays.
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

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

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
