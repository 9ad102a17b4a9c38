//! Writes a record, a line as soon as there is something to say.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use segments_core::export::RecordedExchange;
use segments_core::{Checkpoint, List};

use super::chain::Chain;
use super::line::{End, Head, Line};
use crate::error::CommandError;
use crate::files::{create_in_place_of, is_stdout};

/// A record under way. Clones share it.
#[derive(Debug, Clone)]
pub(crate) struct Recorder {
    shared: Arc<Mutex<Shared>>,
}

#[derive(Debug)]
struct Shared {
    name: String,
    file: File,
    chain: Chain,
    /// Why the record is not whole.
    error: Option<io::Error>,
}

impl Recorder {
    /// Begins a record, in place of an old one. Only its owner can read it.
    ///
    /// # Errors
    /// If it is no file, or cannot be written.
    pub(crate) fn create(path: &Path, head: &Head) -> Result<Self, CommandError> {
        let name = path.display().to_string();
        let is_other = fs::metadata(path).is_ok_and(|old| !old.is_file());
        if is_other || is_stdout(path) {
            let message = format!("--record {name} is not a file");
            return Err(CommandError::usage(message, "Name a file"));
        }
        let file =
            create_in_place_of(path).map_err(|error| CommandError::write_failed(&name, &error))?;

        let shared = Shared { name, file, chain: Chain::default(), error: None };
        let recorder = Self { shared: Arc::new(Mutex::new(shared)) };
        recorder.lock().write(&Line::Record(head));
        recorder.finish()?;
        Ok(recorder)
    }

    /// Notes from what the export goes on.
    pub(crate) fn resumed(&self, checkpoint: &Checkpoint, list: &List) {
        self.lock().write(&Line::Resumed { checkpoint, list });
    }

    /// Notes how a request ended.
    pub(crate) fn exchange(&self, exchange: &RecordedExchange) {
        self.lock().write(&Line::Exchange(exchange));
    }

    /// Notes how the export ended.
    pub(crate) fn end(&self, end: &End) {
        self.lock().write(&Line::End(end));
    }

    /// Tells whether everything could be written.
    ///
    /// # Errors
    /// The first failure. Nothing was written after it.
    pub(crate) fn finish(&self) -> Result<(), CommandError> {
        let mut shared = self.lock();
        match shared.error.take() {
            Some(error) => Err(CommandError::record_failed(&shared.name, &error)),
            None => Ok(()),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Shared {
    fn write(&mut self, line: &Line<'_>) {
        if self.error.is_none() {
            let written = self.chain.line(line).and_then(|line| self.file.write_all(&line));
            self.error = written.err();
        }
    }
}
