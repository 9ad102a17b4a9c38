//! Which file a path is, so that no file gets two purposes.

use std::ffi::OsString;
use std::fs::{self, Metadata};
use std::path::{Path, PathBuf};

use super::path::{directory_of, follow, is_stdout};
use super::stream::{self, Stream};

/// The files that a command reads or writes, each with the flag that names it.
#[derive(Debug, Default)]
pub(crate) struct FileUses {
    uses: Vec<FileUse>,
}

#[derive(Debug)]
struct FileUse {
    /// A flag, or the name of a stream.
    name: String,
    file: Identity,
    is_written: bool,
}

/// What tells a file from others, whatever name it is reached by.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Identity {
    /// One that exists: its device and number, which links and mounts do not change.
    Existing { device: u64, number: u64, kind: Kind },
    /// One that would be made: the real name of its directory, and its own.
    New { directory: PathBuf, name: OsString },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Regular,
    /// Two writers would mix: a named pipe, a block device.
    Mixing,
    /// A terminal, `/dev/null`, a socket: two uses are what the user wants.
    Shared,
}

impl FileUses {
    /// Adds a file that is written.
    pub(crate) fn write(&mut self, name: &str, path: &Path) {
        if is_stdout(path) {
            self.stream(name, Stream::Output);
        } else {
            self.add(name, Identity::of(path), true);
        }
    }

    /// Adds a file that is read.
    pub(crate) fn read(&mut self, name: &str, path: &Path) {
        self.add(name, Identity::of(path), false);
    }

    /// Adds a stream of this process.
    pub(crate) fn stream(&mut self, name: &str, stream: Stream) {
        let file = stream::metadata(stream).map(|metadata| Identity::existing(None, &metadata));
        self.add(name, file, stream != Stream::Input);
    }

    fn add(&mut self, name: &str, file: Option<Identity>, is_written: bool) {
        // What cannot be identified cannot be opened either, which is reported then.
        if let Some(file) = file {
            self.uses.push(FileUse { name: name.to_owned(), file, is_written });
        }
    }

    /// The names of two uses of one file, if there are such.
    pub(crate) fn collision(&self) -> Option<(&str, &str)> {
        self.collision_of(|_, _| true)
    }

    /// The same, but only for a file that is both read and written.
    pub(crate) fn collision_of_input_and_output(&self) -> Option<(&str, &str)> {
        self.collision_of(|one, other| one.is_written && !other.is_written)
    }

    fn collision_of(&self, counts: impl Fn(&FileUse, &FileUse) -> bool) -> Option<(&str, &str)> {
        self.uses.iter().find_map(|one| {
            let others = self.uses.iter().filter(|other| !std::ptr::eq(*other, one));
            let mut colliding = others.filter(|other| counts(one, other) && one.collides(other));
            colliding.next().map(|other| (&*one.name, &*other.name))
        })
    }
}

impl FileUse {
    fn collides(&self, other: &Self) -> bool {
        let may_collide = match self.file {
            Identity::Existing { kind: Kind::Shared, .. } => false,
            Identity::Existing { kind: Kind::Mixing, .. } => {
                self.is_written && other.is_written && self.is_flag() && other.is_flag()
            }
            Identity::Existing { kind: Kind::Regular, .. } | Identity::New { .. } => true,
        };
        may_collide && (self.is_written || other.is_written) && self.file == other.file
    }

    fn is_flag(&self) -> bool {
        self.name.starts_with("--")
    }
}

impl Identity {
    fn of(path: &Path) -> Option<Self> {
        match fs::metadata(path) {
            Ok(metadata) => Some(Self::existing(Some(path), &metadata)),
            Err(_) => Self::new(path),
        }
    }

    fn new(path: &Path) -> Option<Self> {
        let path = follow(path).ok()?;
        let directory = fs::canonicalize(directory_of(&path)).ok()?;
        let mut name = path.file_name()?.to_owned();

        // Most file systems there ignore case.
        if cfg!(any(windows, target_os = "macos")) {
            name = name.to_ascii_lowercase();
        }
        Some(Self::New { directory, name })
    }

    #[cfg(unix)]
    fn existing(_: Option<&Path>, metadata: &Metadata) -> Self {
        use std::os::unix::fs::{FileTypeExt, MetadataExt};

        let kind = metadata.file_type();
        let kind = if kind.is_file() {
            Kind::Regular
        } else if kind.is_fifo() || kind.is_block_device() {
            Kind::Mixing
        } else {
            Kind::Shared
        };
        Self::Existing { device: metadata.dev(), number: metadata.ino(), kind }
    }

    #[cfg(not(unix))]
    fn existing(path: Option<&Path>, _: &Metadata) -> Self {
        let path = path.unwrap_or(Path::new(""));
        let directory = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        Self::New { directory, name: OsString::new() }
    }
}
