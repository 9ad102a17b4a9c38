//! The directory of `--output-dir`, and the files in it.

use std::collections::HashMap;
use std::fs::{self, DirBuilder, File};
use std::io;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::completion::Completion;
use crate::error::CommandError;
use crate::files::{LockFile, Sink, remove_if_there};
use crate::output::Format;
use crate::text::hex::hex;

/// What the program keeps for itself there.
const PRIVATE: &str = ".segments";

/// A directory that no other run uses meanwhile.
#[derive(Debug)]
pub(crate) struct Directory {
    path: PathBuf,
    _lock: LockFile,
}

/// The files of one workspace.
#[derive(Debug, Clone)]
pub(crate) struct WorkspaceFiles {
    pub(crate) list: PathBuf,
    pub(crate) report: PathBuf,
    /// There while the export is unfinished.
    pub(crate) checkpoint: PathBuf,
    completion: PathBuf,
}

impl Directory {
    /// Makes the directory if it is missing, and locks it.
    pub(crate) fn open(path: &Path) -> Result<Self, CommandError> {
        let name = path.display();
        let failed = |error: &io::Error| CommandError::write_failed(&name.to_string(), error);

        let private = path.join(PRIVATE);
        fs::create_dir_all(path).map_err(|error| failed(&error))?;
        make_private(&private).map_err(|error| failed(&error))?;

        let lock = LockFile::take(&private.join("lock")).map_err(|error| failed(&error))?;
        let lock = lock.ok_or_else(|| {
            CommandError::usage(
                format!("--output-dir {name} is in use by another export"),
                "Wait until that has ended, or name another directory",
            )
        })?;
        Ok(Self { path: path.to_owned(), _lock: lock })
    }

    /// The files of a workspace whose list has this format.
    pub(crate) fn files(&self, name: &str, format: Format) -> WorkspaceFiles {
        let inside = |ending: &str| self.path.join(format!("{name}.{ending}"));
        WorkspaceFiles {
            list: inside(format.extension()),
            report: inside("report.json"),
            checkpoint: inside("checkpoint"),
            completion: self.path.join(PRIVATE).join(format!("{name}.json")),
        }
    }

    /// What has become of all of them.
    pub(crate) fn summary(&self) -> PathBuf {
        self.path.join("summary.json")
    }

    /// Refuses names of which one file would be written for two purposes: `a` has the report
    /// `a.report.json`, which is also the list of `a.report`.
    pub(crate) fn check<'n>(
        &self,
        names: impl IntoIterator<Item = &'n str>,
        format: Format,
    ) -> Result<(), CommandError> {
        let mut owners = HashMap::from([(comparable(&self.summary()), "the summary")]);
        for name in names {
            let WorkspaceFiles { list, report, checkpoint, .. } = self.files(name, format);
            for path in [list, report, checkpoint] {
                if let Some(other) = owners.insert(comparable(&path), name) {
                    let path = path.display();
                    let message = format!("{path} would be a file of {name} and of {other}");
                    return Err(CommandError::usage(message, "Rename the workspace in the list"));
                }
            }
        }
        Ok(())
    }
}

impl WorkspaceFiles {
    /// What is known of the list, if its export was completed.
    pub(crate) fn completion(&self) -> Option<Completion> {
        let bytes = fs::read(&self.completion).ok()?;
        serde_json::from_slice(&bytes).ok()
    }

    /// From now on the list counts as not there, until it is complete again.
    pub(crate) fn forget(&self) -> Result<(), CommandError> {
        remove_if_there(&self.completion)
    }

    /// From now on the list counts as complete.
    pub(crate) fn complete(&self, completion: &Completion) -> Result<(), CommandError> {
        let mut sink = Sink::create_private(&self.completion)?;
        serde_json::to_writer(&mut sink, completion)
            .map_err(|error| sink.write_error(&error.into()))?;
        sink.finish().map(drop)
    }

    /// The SHA-256 of the list and of the report behind it, if both can be read.
    pub(crate) fn sha256(&self) -> Option<String> {
        let mut hash = Sha256::new();
        for path in [&self.list, &self.report] {
            let mut file = File::open(path).ok()?;
            io::copy(&mut file, &mut HashWriter(&mut hash)).ok()?;
        }
        Some(hex(&hash.finalize()))
    }
}

struct HashWriter<'a>(&'a mut Sha256);

impl io::Write for HashWriter<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Many file systems ignore case.
fn comparable(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().to_ascii_lowercase()
}

fn make_private(path: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_file_has_two_purposes() {
        let directory = tempfile::tempdir().unwrap();
        let opened = Directory::open(directory.path()).unwrap();
        let check = |names: &[&str], format| opened.check(names.iter().copied(), format);
        for format in [Format::Ndjson, Format::Csv, Format::Table] {
            assert!(check(&["a", "a.report", "a.checkpoint", "summary"], format).is_ok());
        }
        assert!(check(&["a", "a.checkpoint"], Format::Json).is_ok());
        for names in [&["a", "A.Report"][..], &["a.report", "a"], &["summary"], &["Summary"]] {
            assert!(check(names, Format::Json).is_err(), "{names:?}");
        }
    }

    #[test]
    fn one_run_at_a_time_has_it() {
        let parent = tempfile::tempdir().unwrap();
        let path = parent.path().join("a/b");
        let first = Directory::open(&path).unwrap();
        let error = Directory::open(&path).unwrap_err().to_string();
        assert!(error.contains("in use by another export"), "{error}");
        drop(first);
        drop(Directory::open(&path).unwrap());

        let file = parent.path().join("file");
        fs::write(&file, "").unwrap();
        assert!(matches!(Directory::open(&file), Err(CommandError::Output { .. })));
    }
}
