//! Where data goes: standard output, a file that appears whole or not at all, or a device.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, ErrorKind, IsTerminal, Write};
use std::path::{Path, PathBuf};

use super::in_place::{self, open_old, overwrite};
use super::partial::{NotRenamed, Partial};
use super::path::{follow, is_stdout, partial_of};
use super::stream::stdout_is_closed;
use crate::error::CommandError;

const BUFFER: usize = 64 * 1024;

/// A place for output, written through one buffer.
#[derive(Debug)]
pub(crate) struct Sink {
    out: BufWriter<Target>,
    name: String,
}

#[derive(Debug)]
enum Target {
    Stdout(io::Stdout),
    /// Kept for what writes it elsewhere.
    Memory(Vec<u8>),
    /// A pipe, a terminal or a device, which nothing can replace.
    Device(File),
    /// Beside `path` until it is finished.
    File {
        partial: Partial,
        path: PathBuf,
    },
    /// Elsewhere until it is finished, and then written over the file at `path`, which cannot be
    /// replaced.
    InPlace {
        staged: File,
        old: File,
        path: PathBuf,
        why: &'static str,
    },
}

/// How a file has got its content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Finish {
    /// All at once, or in a stream.
    Usual,
    /// In place, one part after the other.
    InPlace,
}

impl Sink {
    /// Standard output.
    pub(crate) fn stdout() -> Self {
        Self::new(Target::Stdout(io::stdout()), "standard output".to_owned())
    }

    /// The same for data that must not get lost.
    ///
    /// # Errors
    /// If standard output is closed.
    pub(crate) fn open_stdout() -> Result<Self, CommandError> {
        if stdout_is_closed() { Err(CommandError::stdout_closed()) } else { Ok(Self::stdout()) }
    }

    /// Memory.
    pub(crate) fn memory() -> Self {
        Self::new(Target::Memory(Vec::new()), "memory".to_owned())
    }

    /// What `path` names; `-` and `/dev/stdout` are standard output.
    ///
    /// A file is written under another name in the same directory and takes its own at
    /// [`Sink::finish`], so that the old one stays until the new one is whole. A link is followed,
    /// and stays a link.
    pub(crate) fn create(path: &Path) -> Result<Self, CommandError> {
        if is_stdout(path) { Self::open_stdout() } else { Self::open(path, false) }
    }

    /// The same for a file that no other user of this machine may read.
    pub(crate) fn create_private(path: &Path) -> Result<Self, CommandError> {
        Self::open(path, true)
    }

    fn open(path: &Path, private: bool) -> Result<Self, CommandError> {
        let name = path.display().to_string();
        match Target::open(path, private) {
            Ok(target) => Ok(Self::new(target, name)),
            Err(error) => Err(CommandError::write_failed(&name, &error)),
        }
    }

    fn new(target: Target, name: String) -> Self {
        Self { out: BufWriter::with_capacity(BUFFER, target), name }
    }

    /// Whether this is standard output and that is a terminal.
    pub(crate) fn is_terminal(&self) -> bool {
        matches!(self.out.get_ref(), Target::Stdout(out) if out.is_terminal())
    }

    /// Whether this is standard output and that shows colours: on a terminal, unless `NO_COLOR` or
    /// a flag says otherwise.
    pub(crate) fn is_coloured(&self) -> bool {
        let choice = || anstream::AutoStream::choice(&io::stdout());
        matches!(self.out.get_ref(), Target::Stdout(_)) && choice() != anstream::ColorChoice::Never
    }

    /// The columns of that terminal.
    pub(crate) fn width(&self) -> Option<usize> {
        let width = || terminal_size::terminal_size_of(io::stdout()).map_or(80, |size| size.0.0);
        self.is_terminal().then(|| usize::from(width()))
    }

    /// What the user named, unless it is standard output.
    pub(crate) fn file_name(&self) -> Option<&str> {
        match self.out.get_ref() {
            Target::Stdout(_) | Target::Memory(_) => None,
            _ => Some(&self.name),
        }
    }

    /// Where [`Sink::finish_partial`] leaves the data, unless it is standard output.
    pub(crate) fn partial_name(&self) -> Option<String> {
        match self.out.get_ref() {
            Target::Stdout(_) | Target::Memory(_) => None,
            Target::Device(_) => Some(self.name.clone()),
            Target::File { .. } | Target::InPlace { .. } => {
                Some(partial_of(Path::new(&self.name)).display().to_string())
            }
        }
    }

    /// Why the file cannot appear all at once, if it cannot.
    pub(crate) fn why_in_place(&self) -> Option<&'static str> {
        match self.out.get_ref() {
            Target::InPlace { why, .. } => Some(why),
            _ => None,
        }
    }

    /// What a failed write means for this place.
    pub(crate) fn write_error(&self, error: &io::Error) -> CommandError {
        match (self.out.get_ref(), error.kind()) {
            (Target::File { .. } | Target::InPlace { .. }, _) => {
                CommandError::write_failed(&self.name, error)
            }
            (_, ErrorKind::BrokenPipe) => CommandError::ReaderGone,
            _ => CommandError::stream_failed(&self.name, error),
        }
    }

    /// Finishes an incomplete list, which does not get the file's own name.
    pub(crate) fn finish_partial(self) -> Result<(), CommandError> {
        let (target, name) = self.flushed()?;

        let finished = match target {
            Target::File { partial, path } => {
                partial.persist(&partial_of(&path)).map_err(|failed| failed.error)
            }
            Target::InPlace { mut staged, path, .. } => File::create(partial_of(&path))
                .and_then(|mut partial| overwrite(&mut partial, &mut staged)),
            Target::Stdout(_) | Target::Memory(_) | Target::Device(_) => Ok(()),
        };
        finished.map_err(|error| CommandError::write_failed(&name, &error))
    }

    /// Writes out what is buffered and, for a file, gives it its name.
    pub(crate) fn finish(self) -> Result<Finish, CommandError> {
        let (target, name) = self.flushed()?;

        match target {
            Target::File { partial, path } => match partial.persist(&path) {
                Ok(()) => Ok(Finish::Usual),
                // Some files can be written, but not replaced. Better in place than not at all.
                Err(NotRenamed { error, content }) => match open_old(&path) {
                    Ok(old) => finish_in_place(old, content, &name),
                    Err(_) => Err(CommandError::write_failed(&name, &error)),
                },
            },
            Target::InPlace { staged, old, .. } => finish_in_place(old, staged, &name),
            Target::Stdout(_) | Target::Memory(_) | Target::Device(_) => Ok(Finish::Usual),
        }
    }

    /// What was written to memory; nothing of what went elsewhere.
    pub(crate) fn into_memory(self) -> Result<Vec<u8>, CommandError> {
        match self.flushed()?.0 {
            Target::Memory(bytes) => Ok(bytes),
            _ => Ok(Vec::new()),
        }
    }

    fn flushed(mut self) -> Result<(Target, String), CommandError> {
        self.out.flush().map_err(|error| self.write_error(&error))?;
        let (target, _) = self.out.into_parts();
        Ok((target, self.name))
    }
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.out.write(bytes)
    }

    // Called with many short pieces: the default loop would cost more than the copying.
    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.out.write_all(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

fn finish_in_place(mut old: File, mut new: File, name: &str) -> Result<Finish, CommandError> {
    let written = overwrite(&mut old, &mut new);
    written.map(|()| Finish::InPlace).map_err(|error| CommandError::overwrite_failed(name, &error))
}

impl Target {
    fn open(path: &Path, private: bool) -> io::Result<Self> {
        let old = match fs::metadata(path) {
            Ok(old) => Some(old),
            Err(error) if error.kind() == ErrorKind::NotFound => None,
            Err(error) => return Err(error),
        };
        if let Some(old) = &old {
            if old.is_dir() {
                return Err(ErrorKind::IsADirectory.into());
            }
            // What is under /dev and /proc stands for an open file and cannot be replaced.
            let is_device = !old.is_file() || path.starts_with("/dev") || path.starts_with("/proc");
            if is_device {
                return Ok(Self::Device(OpenOptions::new().write(true).open(path)?));
            }
        }

        let path = follow(path)?;
        if let Some(why) = old.as_ref().and_then(|old| in_place::why(&path, old)) {
            if private {
                return Err(io::Error::other(format!("it is {why}, and cannot be replaced")));
            }
            let (staged, old) = (tempfile::tempfile()?, open_old(&path)?);
            return Ok(Self::InPlace { staged, old, path, why });
        }

        let permissions = old.map(|old| old.permissions());
        let partial = Partial::create(&path, private, permissions)?;
        Ok(Self::File { partial, path })
    }
}

impl Write for Target {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Stdout(out) => out.write(bytes),
            Self::Memory(kept) => kept.write(bytes),
            Self::Device(file) => file.write(bytes),
            Self::File { partial, .. } => partial.write(bytes),
            Self::InPlace { staged, .. } => staged.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Stdout(out) => out.flush(),
            Self::Memory(_) => Ok(()),
            Self::Device(file) => file.flush(),
            Self::File { partial, .. } => partial.flush(),
            Self::InPlace { staged, .. } => staged.flush(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(directory: &Path) -> Vec<String> {
        let entries = fs::read_dir(directory).unwrap();
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    }

    #[test]
    fn a_file_appears_whole_or_not_at_all() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("out.csv");
        fs::write(&path, "old").unwrap();
        let mut sink = Sink::create(&path).unwrap();
        sink.write_all(b"new").unwrap();
        sink.flush().unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"old");
        drop(sink);
        assert_eq!(fs::read(&path).unwrap(), b"old");
        assert_eq!(names(directory.path()), ["out.csv"]);

        let mut sink = Sink::create(&path).unwrap();
        sink.write_all(b"new").unwrap();
        sink.finish().unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"new");
        assert_eq!(names(directory.path()), ["out.csv"]);
    }

    #[cfg(unix)]
    #[test]
    fn links_stay_links_and_modes_stay_modes() {
        use std::os::unix::fs::{PermissionsExt, symlink};
        let directory = tempfile::tempdir().unwrap();
        let (target, link) = (directory.path().join("target"), directory.path().join("link"));
        symlink("target", &link).unwrap();
        for text in ["first", "second"] {
            let mut sink = Sink::create(&link).unwrap();
            sink.write_all(text.as_bytes()).unwrap();
            sink.finish().unwrap();
            assert_eq!(fs::read_to_string(&target).unwrap(), text);
            assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
            fs::set_permissions(&target, fs::Permissions::from_mode(0o640)).unwrap();
        }
        Sink::create(&link).unwrap().finish().unwrap();
        assert_eq!(fs::metadata(&target).unwrap().permissions().mode() & 0o777, 0o640);
    }

    #[test]
    fn a_directory_is_no_file() {
        let directory = tempfile::tempdir().unwrap();
        assert!(matches!(Sink::create(directory.path()), Err(CommandError::Output { .. })));
        assert!(Sink::create(&directory.path().join("missing/out")).is_err());
    }
}
