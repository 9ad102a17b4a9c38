//! The files behind the three streams of this process.

use std::fs::Metadata;

/// A stream of this process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stream {
    Input,
    Output,
    Error,
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
