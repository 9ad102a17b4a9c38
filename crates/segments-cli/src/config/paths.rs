//! Which file a path is, and that no file has two purposes.

use std::ffi::OsString;
use std::fs::{self, Metadata};
use std::path::{Path, PathBuf};

use crate::args;
use crate::error::CommandError;
use crate::files::partial::{directory_of, follow, partial_of};
use crate::files::sink::Sink;

/// The files that a command reads or writes, each with the flag that names it.
#[derive(Debug, Default)]
pub(crate) struct Files {
    uses: Vec<Use>,
}

#[derive(Debug)]
struct Use {
    /// A flag, or how a stream is called.
    name: String,
    file: Identity,
    writes: bool,
}

const ITS_OWN: &str = "Give each a file of its own; nothing was opened or sent";

/// What tells a file from others, under whatever name it is reached.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Identity {
    /// One that is there: by device and number, so that links and mounts make no difference.
    There { device: u64, number: u64, kind: Kind },
    /// One that would be made: by the directory's true name and its own.
    New { directory: PathBuf, name: OsString },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Regular,
    /// What is written twice is mixed: a named pipe, a block device.
    Mixing,
    /// A terminal, `/dev/null`, a socket: whoever names it twice means it.
    Shared,
}

impl Files {
    /// Those of an export.
    ///
    /// # Errors
    /// If two flags name the same file.
    pub(crate) fn of_export(args: &args::Export) -> Result<(), CommandError> {
        let mut files = Self::default();
        let to_stdout = args.output.file.as_deref().is_none_or(Sink::is_stdout);
        if to_stdout && args.report.as_deref().is_some_and(Sink::is_stdout) {
            let what = "--report would mix with the segments on standard output";
            return Err(CommandError::usage(what, ITS_OWN));
        }
        files.output(&args.output, args.keep_partial);
        if let Some(path) = &args.report {
            files.write("--report", path);
        }
        if let Some(path) = &args.checkpoint {
            files.write("--checkpoint", path);
            files.write("the lock of --checkpoint", &lock_of(path));
        }
        files.connection(&args.connection);
        files.check()
    }

    /// Those of a single page.
    ///
    /// # Errors
    /// If two flags name the same file.
    pub(crate) fn of_get(args: &args::Get) -> Result<(), CommandError> {
        let mut files = Self::default();
        files.output(&args.output, false);
        files.connection(&args.connection);
        files.check()
    }

    /// Those of an emulator, which writes its address to standard output.
    ///
    /// # Errors
    /// If one of the files that are read is written.
    pub(crate) fn of_serve(args: &args::Serve) -> Result<(), CommandError> {
        let mut files = Self::default();
        let read = [
            ("--load", &args.load),
            ("--faults", &args.faults),
            ("--api-key-file", &args.api_key_file),
        ];
        for (flag, path) in read {
            if let Some(path) = path {
                files.read(flag, path);
            }
        }
        files.stream("standard output", stream::output(), true);
        files.stream("standard error", stream::error(), true);
        let mut written = files.uses.iter().filter(|one| one.writes);
        written.try_for_each(|one| files.check_one(one, |other| !other.writes))
    }

    fn output(&mut self, args: &args::Output, keep_partial: bool) {
        let path = args.file.as_deref().filter(|path| !Sink::is_stdout(path));
        if let Some(path) = path {
            self.write("--output", path);
        } else {
            let name = if args.file.is_some() { "--output" } else { "standard output" };
            self.stream(name, stream::output(), true);
        }
        if let Some(path) = path.filter(|_| keep_partial) {
            self.write("the .partial of --output", &partial_of(path));
        }
        self.stream("standard error", stream::error(), true);
    }

    fn connection(&mut self, args: &args::Connection) {
        match args.api_key_file.as_deref() {
            Some(path) if path == Path::new("-") => {
                self.stream("--api-key-file", stream::input(), false);
            }
            Some(path) => self.read("--api-key-file", path),
            None => {}
        }
        if let Some(path) = &args.ca_file {
            self.read("--ca-file", path);
        }
        // Where the platform's roots are looked for.
        if let Some(path) = std::env::var_os("SSL_CERT_FILE").filter(|path| !path.is_empty()) {
            self.read("SSL_CERT_FILE", Path::new(&path));
        }
    }

    fn write(&mut self, name: &str, path: &Path) {
        let file = if Sink::is_stdout(path) { stream::output() } else { Identity::of(path) };
        self.stream(name, file, true);
    }

    fn read(&mut self, name: &str, path: &Path) {
        self.stream(name, Identity::of(path), false);
    }

    fn stream(&mut self, name: &str, file: Option<Identity>, writes: bool) {
        // What cannot be identified cannot be opened either, which is said then.
        if let Some(file) = file {
            self.uses.push(Use { name: name.to_owned(), file, writes });
        }
    }

    fn check(&self) -> Result<(), CommandError> {
        self.uses.iter().try_for_each(|one| self.check_one(one, |_| true))
    }

    fn check_one(&self, one: &Use, counts: impl Fn(&Use) -> bool) -> Result<(), CommandError> {
        let others = self.uses.iter().filter(|other| !std::ptr::eq(*other, one) && counts(other));
        match others.into_iter().find(|other| one.collides(other)) {
            None => Ok(()),
            Some(other) => {
                let what = format!("{} and {} are the same file", one.name, other.name);
                Err(CommandError::usage(what, ITS_OWN))
            }
        }
    }
}

impl Use {
    fn collides(&self, other: &Self) -> bool {
        let mixes = match self.file {
            Identity::There { kind, .. } => match kind {
                Kind::Regular => true,
                Kind::Mixing => self.writes && other.writes && self.is_flag() && other.is_flag(),
                Kind::Shared => false,
            },
            Identity::New { .. } => true,
        };
        mixes && (self.writes || other.writes) && self.file == other.file
    }

    fn is_flag(&self) -> bool {
        self.name.starts_with("--")
    }
}

impl Identity {
    fn of(path: &Path) -> Option<Self> {
        match fs::metadata(path) {
            Ok(metadata) => Some(Self::there(path, &metadata)),
            Err(_) => Self::new(path),
        }
    }

    fn new(path: &Path) -> Option<Self> {
        let path = follow(path).ok()?;
        let directory = fs::canonicalize(directory_of(&path)).ok()?;
        let mut name = path.file_name()?.to_owned();
        // There the name of a new file is the same in either case.
        if cfg!(any(windows, target_os = "macos")) {
            name = name.to_ascii_lowercase();
        }
        Some(Self::New { directory, name })
    }

    #[cfg(unix)]
    fn there(_: &Path, metadata: &Metadata) -> Self {
        use std::os::unix::fs::{FileTypeExt, MetadataExt};

        let kind = metadata.file_type();
        let kind = if kind.is_file() {
            Kind::Regular
        } else if kind.is_fifo() || kind.is_block_device() {
            Kind::Mixing
        } else {
            Kind::Shared
        };
        Self::There { device: metadata.dev(), number: metadata.ino(), kind }
    }

    #[cfg(not(unix))]
    fn there(path: &Path, _: &Metadata) -> Self {
        let directory = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        Self::New { directory, name: OsString::new() }
    }
}

/// Where the lock of a checkpoint lies: beside the file to which its links lead.
pub(crate) fn lock_of(path: &Path) -> PathBuf {
    let mut lock = follow(path).unwrap_or_else(|_| path.to_owned());
    lock.as_mut_os_string().push(".lock");
    lock
}

/// What the three streams are.
#[cfg(unix)]
mod stream {
    use std::fs::File;
    use std::io;
    use std::os::fd::{AsFd, BorrowedFd};
    use std::path::Path;

    use super::Identity;

    pub(super) fn input() -> Option<Identity> {
        of(io::stdin().as_fd())
    }

    pub(super) fn output() -> Option<Identity> {
        of(io::stdout().as_fd())
    }

    pub(super) fn error() -> Option<Identity> {
        of(io::stderr().as_fd())
    }

    fn of(stream: BorrowedFd<'_>) -> Option<Identity> {
        let file = File::from(stream.try_clone_to_owned().ok()?);
        Some(Identity::there(Path::new(""), &file.metadata().ok()?))
    }
}

#[cfg(not(unix))]
mod stream {
    use super::Identity;

    pub(super) fn input() -> Option<Identity> {
        None
    }

    pub(super) fn output() -> Option<Identity> {
        None
    }

    pub(super) fn error() -> Option<Identity> {
        None
    }
}
