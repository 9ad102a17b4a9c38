//! Files that can be written, but not replaced by another one of their name.

use std::fs::{self, Metadata};
use std::path::Path;

use crate::files::partial::directory_of;

/// What the file at `path` is, if a rename onto it must fail. What cannot be known is found out by
/// the rename.
pub(crate) fn why(path: &Path, old: &Metadata) -> Option<&'static str> {
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
