//! Where data goes: standard output, a file that appears whole or not at all, or a device.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, ErrorKind, Write};
use std::path::{Path, PathBuf};

use crate::error::CommandError;
use crate::files::fixed;
use crate::files::partial::{NotRenamed, Partial, follow, open_old, overwrite, partial_of};

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
    /// A pipe, a terminal or a device: there is nothing to put in its place.
    Device(File),
    /// Beside `path` until it is finished.
    File {
        partial: Partial,
        path: PathBuf,
    },
    /// Elsewhere until it is finished, and then written over what is at `path`: that cannot be
    /// replaced.
    Fixed {
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

    /// What `path` names; `-` and `/dev/stdout` are standard output.
    ///
    /// A file is written under another name in the same directory and takes its own at
    /// [`Sink::finish`], so that the old one stays until the new one is whole. A link is followed,
    /// and stays a link.
    pub(crate) fn create(path: &Path) -> Result<Self, CommandError> {
        if Self::is_stdout(path) {
            return Ok(Self::stdout());
        }
        Self::open(path, false)
    }

    /// The same for a file that nobody else on this machine may read.
    pub(crate) fn create_private(path: &Path) -> Result<Self, CommandError> {
        Self::open(path, true)
    }

    fn open(path: &Path, private: bool) -> Result<Self, CommandError> {
        let name = path.display().to_string();
        match open(path, private) {
            Ok(target) => Ok(Self::new(target, name)),
            Err(error) => Err(CommandError::output(&name, &error)),
        }
    }

    /// Whether `path` stands for standard output.
    pub(crate) fn is_stdout(path: &Path) -> bool {
        ["-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"].map(Path::new).contains(&path)
    }

    fn new(target: Target, name: String) -> Self {
        Self { out: BufWriter::with_capacity(BUFFER, target), name }
    }

    /// Whether this is standard output and that is a terminal.
    pub(crate) fn is_terminal(&self) -> bool {
        matches!(self.out.get_ref(), Target::Stdout(out) if io::IsTerminal::is_terminal(out))
    }

    /// The columns of that terminal.
    pub(crate) fn width(&self) -> Option<usize> {
        let width = || terminal_size::terminal_size_of(io::stdout()).map_or(80, |size| size.0.0);
        self.is_terminal().then(|| usize::from(width()))
    }

    /// What was named, unless it is standard output.
    pub(crate) fn file_name(&self) -> Option<&str> {
        match self.out.get_ref() {
            Target::Stdout(_) => None,
            _ => Some(&self.name),
        }
    }

    /// The error of a write, in words.
    pub(crate) fn problem(&self, error: &io::Error) -> CommandError {
        match (self.out.get_ref(), error.kind()) {
            (Target::File { .. } | Target::Fixed { .. }, _) => {
                CommandError::output(&self.name, error)
            }
            (_, ErrorKind::BrokenPipe) => CommandError::ReaderGone,
            _ => CommandError::stream(&self.name, error),
        }
    }

    /// What [`Sink::finish_partial`] would name it, unless it is standard output.
    pub(crate) fn partial_name(&self) -> Option<String> {
        match self.out.get_ref() {
            Target::Stdout(_) => None,
            Target::Device(_) => Some(self.name.clone()),
            Target::File { .. } | Target::Fixed { .. } => {
                Some(partial_of(Path::new(&self.name)).display().to_string())
            }
        }
    }

    /// Why the file cannot appear all at once, if it cannot.
    pub(crate) fn why_in_place(&self) -> Option<&'static str> {
        match self.out.get_ref() {
            Target::Fixed { why, .. } => Some(why),
            _ => None,
        }
    }

    /// Finishes with what is there, and leaves the file's own name to a whole one.
    pub(crate) fn finish_partial(mut self) -> Result<(), CommandError> {
        self.out.flush().map_err(|error| self.problem(&error))?;
        let Self { out, name } = self;
        let (target, _) = out.into_parts();
        let finished = match target {
            Target::File { partial, path } => {
                partial.persist(&partial_of(&path)).map_err(|failed| failed.error)
            }
            Target::Fixed { mut staged, path, .. } => File::create(partial_of(&path))
                .and_then(|mut part| overwrite(&mut part, &mut staged)),
            Target::Stdout(_) | Target::Device(_) => Ok(()),
        };
        finished.map_err(|error| CommandError::output(&name, &error))
    }

    /// Writes out what is buffered and, for a file, gives it its name.
    pub(crate) fn finish(mut self) -> Result<Finish, CommandError> {
        self.out.flush().map_err(|error| self.problem(&error))?;
        let Self { out, name } = self;
        let (target, _) = out.into_parts();
        match target {
            Target::File { partial, path } => match partial.persist(&path) {
                Ok(()) => Ok(Finish::Usual),
                // Rather than lose what was read: some files can be written, but not replaced.
                Err(NotRenamed { error, content }) => match open_old(&path) {
                    Ok(old) => write_over(old, content, &name),
                    Err(_) => Err(CommandError::output(&name, &error)),
                },
            },
            Target::Fixed { staged, old, .. } => write_over(old, staged, &name),
            Target::Stdout(_) | Target::Device(_) => Ok(Finish::Usual),
        }
    }
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.out.write(bytes)
    }

    // Many short ones: the loop that std has here would cost more than the copying.
    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.out.write_all(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

fn write_over(mut old: File, mut new: File, name: &str) -> Result<Finish, CommandError> {
    let written = overwrite(&mut old, &mut new);
    written.map(|()| Finish::InPlace).map_err(|error| CommandError::in_place(name, &error))
}

impl Write for Target {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Stdout(out) => out.write(bytes),
            Self::Device(file) => file.write(bytes),
            Self::File { partial, .. } => partial.write(bytes),
            Self::Fixed { staged, .. } => staged.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Stdout(out) => out.flush(),
            Self::Device(file) => file.flush(),
            Self::File { partial, .. } => partial.flush(),
            Self::Fixed { staged, .. } => staged.flush(),
        }
    }
}

fn open(path: &Path, private: bool) -> io::Result<Target> {
    let old = match fs::metadata(path) {
        Ok(old) => Some(old),
        Err(error) if error.kind() == ErrorKind::NotFound => None,
        Err(error) => return Err(error),
    };
    match &old {
        Some(old) if old.is_dir() => return Err(ErrorKind::IsADirectory.into()),
        // What lives under /dev and /proc stands for an open file and cannot be replaced.
        Some(old) if !old.is_file() || path.starts_with("/dev") || path.starts_with("/proc") => {
            return Ok(Target::Device(OpenOptions::new().write(true).open(path)?));
        }
        _ => {}
    }

    let path = follow(path)?;
    if let Some(why) = old.as_ref().and_then(|old| fixed::why(&path, old)) {
        if private {
            return Err(io::Error::other(format!("it is {why}, and cannot be replaced")));
        }
        let (staged, old) = (tempfile::tempfile()?, open_old(&path)?);
        return Ok(Target::Fixed { staged, old, path, why });
    }
    let permissions = old.map(|old| old.permissions());
    let partial = Partial::create(&path, private, permissions)?;
    Ok(Target::File { partial, path })
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
