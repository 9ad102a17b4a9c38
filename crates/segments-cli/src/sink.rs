//! Where data goes: standard output, a file that appears whole or not at all, or a device.

use std::ffi::OsStr;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tempfile::NamedTempFile;

use crate::exit::Problem;

const BUFFER: usize = 64 * 1024;

/// What the name of a file ends with that is not the whole list.
const PARTIAL: &str = ".partial";

/// The unfinished files of this process, for [`discard_unfinished`].
static UNFINISHED: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

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
        temp: NamedTempFile,
        path: PathBuf,
        _listed: Listed,
    },
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
    pub(crate) fn create(path: &Path) -> Result<Self, Problem> {
        if Self::is_stdout(path) {
            return Ok(Self::stdout());
        }
        Self::open(path, false)
    }

    /// The same for a file that nobody else on this machine may read.
    pub(crate) fn create_private(path: &Path) -> Result<Self, Problem> {
        Self::open(path, true)
    }

    fn open(path: &Path, private: bool) -> Result<Self, Problem> {
        let name = path.display().to_string();
        match open(path, private) {
            Ok(target) => Ok(Self::new(target, name)),
            Err(error) => Err(Problem::output(&name, &error)),
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
            Target::Device(_) | Target::File { .. } => Some(&self.name),
        }
    }

    /// The error of a write, in words.
    pub(crate) fn problem(&self, error: &io::Error) -> Problem {
        match (self.out.get_ref(), error.kind()) {
            (Target::File { .. }, _) => Problem::output(&self.name, error),
            (_, ErrorKind::BrokenPipe) => Problem::ReaderGone,
            _ => Problem::stream(&self.name, error),
        }
    }

    /// What [`Sink::finish_partial`] would name it, unless it is standard output.
    pub(crate) fn partial_name(&self) -> Option<String> {
        match self.out.get_ref() {
            Target::Stdout(_) => None,
            Target::Device(_) => Some(self.name.clone()),
            Target::File { .. } => Some(format!("{}{PARTIAL}", self.name)),
        }
    }

    /// Finishes with what is there, and leaves the file's own name to a whole one.
    pub(crate) fn finish_partial(mut self) -> Result<(), Problem> {
        if let Target::File { path, .. } = self.out.get_mut() {
            path.as_mut_os_string().push(PARTIAL);
        }
        self.finish()
    }

    /// Writes out what is buffered and, for a file, gives it its name.
    pub(crate) fn finish(mut self) -> Result<(), Problem> {
        self.out.flush().map_err(|error| self.problem(&error))?;
        let Self { out, name } = self;
        let (target, _) = out.into_parts();
        target.finish().map_err(|error| Problem::output(&name, &error))
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

impl Target {
    fn finish(self) -> io::Result<()> {
        let Self::File { temp, path, _listed } = self else { return Ok(()) };
        temp.as_file().sync_all()?;
        temp.persist(&path).map_err(|error| error.error)?;
        // The name is durable once its directory is; some file systems cannot do that.
        #[cfg(unix)]
        if let Ok(directory) = File::open(directory_of(&path)) {
            let _ = directory.sync_all();
        }
        Ok(())
    }
}

impl Write for Target {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Stdout(out) => out.write(bytes),
            Self::Device(file) => file.write(bytes),
            Self::File { temp, .. } => temp.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Stdout(out) => out.flush(),
            Self::Device(file) => file.flush(),
            Self::File { temp, .. } => temp.flush(),
        }
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
struct Listed(PathBuf);

impl Listed {
    fn new(path: &Path) -> Self {
        unfinished().push(path.to_owned());
        Self(path.to_owned())
    }
}

impl Drop for Listed {
    fn drop(&mut self) {
        unfinished().retain(|path| *path != self.0);
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
    let mut prefix = path.file_name().map(OsStr::to_owned).unwrap_or_default();
    prefix.push(".partial-");
    let mut builder = tempfile::Builder::new();
    builder.prefix(&prefix);
    #[cfg(unix)]
    if !private {
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    }
    let temp = builder.tempfile_in(directory_of(&path))?;
    let listed = Listed::new(temp.path());
    if let Some(old) = old.filter(|_| !private) {
        temp.as_file().set_permissions(old.permissions())?;
    }
    Ok(Target::File { temp, path, _listed: listed })
}

/// Where the links at `path` lead, also when nothing is there yet.
fn follow(path: &Path) -> io::Result<PathBuf> {
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

fn directory_of(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
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
        assert!(matches!(Sink::create(directory.path()), Err(Problem::Output { .. })));
        assert!(Sink::create(&directory.path().join("missing/out")).is_err());
    }
}
