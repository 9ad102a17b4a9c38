//! The files behind the three streams of this process.

use std::fs::Metadata;

/// A stream of this process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stream {
    Input,
    Output,
    Error,
}

/// Whether standard output was closed when this process began.
///
/// Then Rust's runtime has opened `/dev/null` in its place, for reading and writing. A shell opens it
/// for writing only, where somebody wants that; a program that has opened it for both, and hands it
/// on as standard output, looks the same as a closed one.
#[cfg(unix)]
pub(crate) fn stdout_is_closed() -> bool {
    use std::os::unix::fs::{FileTypeExt, MetadataExt};

    use rustix::fs::{OFlags, fcntl_getfl};

    let is_null = metadata(Stream::Output).zip(std::fs::metadata("/dev/null").ok()).is_some_and(
        |(stdout, null)| stdout.file_type().is_char_device() && stdout.rdev() == null.rdev(),
    );
    let flags = fcntl_getfl(std::io::stdout());
    is_null && flags.is_ok_and(|flags| flags & OFlags::RWMODE == OFlags::RDWR)
}

#[cfg(not(unix))]
pub(crate) fn stdout_is_closed() -> bool {
    false
}

/// What is known of the file behind a stream.
#[cfg(unix)]
pub(super) fn metadata(stream: Stream) -> Option<Metadata> {
    use std::fs::File;
    use std::io;
    use std::os::fd::AsFd;

    let file = match stream {
        Stream::Input => io::stdin().as_fd().try_clone_to_owned(),
        Stream::Output => io::stdout().as_fd().try_clone_to_owned(),
        Stream::Error => io::stderr().as_fd().try_clone_to_owned(),
    };
    File::from(file.ok()?).metadata().ok()
}

#[cfg(not(unix))]
pub(super) fn metadata(_: Stream) -> Option<Metadata> {
    None
}
