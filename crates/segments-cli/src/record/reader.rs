//! Reads a record: first all of it, to see that it is sound, and then one exchange after the other.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use segments_core::export::RecordedExchange;
use segments_core::{Checkpoint, List};
use serde::Deserialize;

use super::chain::Chain;
use super::line::{End, Head, OwnedLine, VERSION};
use crate::error::CommandError;
use crate::text::plural::plural;

const AFTER_THE_END: &str = "it comes after the end of the record";

const NOT_A_RECORD: &str = "Name a file that --record of an export wrote";

/// Longer than any line of an export that fits into the memory of a usual machine.
const LONGEST_LINE: u64 = 1 << 30;

/// A record whose lines are as they were written.
#[derive(Debug)]
pub(crate) struct Record {
    path: PathBuf,
    file: File,
    pub(crate) head: Head,
    /// From what the export went on.
    resumed: Option<(Checkpoint, List)>,
    pub(super) is_resumed: bool,
    exchanges: Vec<Place>,
    /// `None` if the record is cut.
    pub(crate) end: Option<End>,
    /// In how many exchanges the key was redacted.
    pub(crate) redacted: u64,
}

/// Where an exchange is.
#[derive(Debug, Clone, Copy)]
struct Place {
    line: u64,
    offset: u64,
    len: usize,
    /// [`RecordedExchange::after`].
    after: u64,
}

impl Record {
    /// Opens a record.
    ///
    /// # Errors
    /// If it cannot be read, is something else, was made by another version, or was changed.
    pub(crate) fn open(path: &Path) -> Result<Self, CommandError> {
        let unreadable = |error| unreadable(path, &error);
        let file = File::open(path).map_err(unreadable)?;
        if !file.metadata().map_err(unreadable)?.is_file() {
            let message = format!("the record {} is not a file", path.display());
            return Err(CommandError::usage(message, NOT_A_RECORD));
        }

        let mut lines = Lines::new(path, &file);
        let Some(head) = lines.head()? else {
            let message = format!("{} is not a record", path.display());
            return Err(CommandError::usage(message, NOT_A_RECORD));
        };
        let mut record = Self {
            path: path.to_owned(),
            file: file.try_clone().map_err(unreadable)?,
            head,
            resumed: None,
            is_resumed: false,
            exchanges: Vec::new(),
            end: None,
            redacted: 0,
        };
        while let Some((line, offset, len)) = lines.next()? {
            record.add(line, offset, len).map_err(|what| lines.malformed(what))?;
        }
        if record.end.is_some() && lines.has_rest {
            return Err(lines.malformed(AFTER_THE_END));
        }
        Ok(record)
    }

    /// Adds a line, if one like it can stand there; otherwise says what is wrong with it.
    fn add(&mut self, line: OwnedLine, offset: u64, len: usize) -> Result<(), &'static str> {
        if self.end.is_some() {
            return Err(AFTER_THE_END);
        }
        match line {
            OwnedLine::Record(_) => return Err("another record begins"),
            OwnedLine::Resumed { .. } if self.is_resumed || !self.exchanges.is_empty() => {
                return Err("a checkpoint comes too late");
            }
            OwnedLine::Resumed { checkpoint, list } => {
                self.resumed = Some((checkpoint, list));
                self.is_resumed = true;
            }
            OwnedLine::Exchange(exchange) => {
                self.redacted += u64::from(exchange.is_redacted());
                let line = 2 + u64::from(self.is_resumed) + self.exchanges.len() as u64;
                self.exchanges.push(Place { line, offset, len, after: exchange.after() });
            }
            OwnedLine::End(end) => self.end = Some(end),
        }
        Ok(())
    }

    /// From what the export goes on, once.
    pub(crate) fn take_resumed(&mut self) -> Option<(Checkpoint, List)> {
        self.resumed.take()
    }

    /// That something in it is no value of this program.
    pub(crate) fn unusable(&self, error: &dyn std::fmt::Display) -> CommandError {
        let message = format!("the record {}: {error}", self.path.display());
        CommandError::usage(message, "Replay it with the program that wrote it")
    }

    /// How many exchanges there are.
    pub(crate) fn len(&self) -> usize {
        self.exchanges.len()
    }

    /// The exchanges in the order in which their requests were given, with how many results had been
    /// handed in by then.
    pub(super) fn in_order_of_requests(&self) -> Vec<(u64, usize)> {
        let after = self.exchanges.iter().map(|place| place.after);
        let mut order: Vec<_> = after.zip(0..).collect();
        order.sort_unstable();
        order
    }

    /// An exchange.
    pub(super) fn read(&mut self, index: usize) -> Result<RecordedExchange, CommandError> {
        let Place { offset, len, .. } = self.exchanges[index];
        let mut bytes = vec![0; len];
        let read = self.file.seek(SeekFrom::Start(offset));
        let read = read.and_then(|_| self.file.read_exact(&mut bytes));
        read.map_err(|error| unreadable(&self.path, &error))?;

        match serde_json::from_slice(&bytes) {
            Ok(Envelope { exchange }) => Ok(exchange),
            Err(_) => Err(self.wrong(index, "it was changed while it was read")),
        }
    }

    /// What is wrong with an exchange.
    pub(super) fn wrong(&self, index: usize, what: &str) -> CommandError {
        wrong(&self.path, self.exchanges[index].line, what)
    }

    /// That the export has ended here, and goes on in this program.
    pub(super) fn unended(&self) -> CommandError {
        let name = self.path.display();
        let message =
            format!("the export in the record {name} has ended, but not for this program");
        CommandError::usage(message, "Replay it with the program that wrote it")
    }

    /// That the record has no end.
    pub(super) fn cut(&self) -> CommandError {
        let name = self.path.display();
        let requests = plural(self.exchanges.len() as u64, "request");
        let message = format!("the record {name} ends after {requests}, before its export did");
        let advice = "The export was killed, or could not write its output, or the file was cut";
        CommandError::usage(message, advice)
    }
}

/// A line with an exchange; the checksum beside it has been looked at.
#[derive(Deserialize)]
struct Envelope {
    exchange: RecordedExchange,
}

/// The lines of a file, checked.
struct Lines<'a> {
    path: &'a Path,
    reader: BufReader<&'a File>,
    chain: Chain,
    /// The number of the last line, from 1.
    number: u64,
    offset: u64,
    /// The last line has no end.
    has_rest: bool,
}

impl<'a> Lines<'a> {
    fn new(path: &'a Path, file: &'a File) -> Self {
        Self {
            path,
            reader: BufReader::new(file),
            chain: Chain::default(),
            number: 0,
            offset: 0,
            has_rest: false,
        }
    }

    /// The head; `None` if there is none.
    fn head(&mut self) -> Result<Option<Head>, CommandError> {
        #[derive(Deserialize)]
        struct Versioned {
            record: Version,
        }
        #[derive(Deserialize)]
        struct Version {
            version: u32,
        }

        let Some(bytes) = self.read()? else { return Ok(None) };
        let Ok(Versioned { record }) = serde_json::from_slice(&bytes) else { return Ok(None) };
        if record.version != VERSION {
            let (name, found) = (self.path.display(), record.version);
            let message =
                format!("the record {name} has version {found}, and this program reads {VERSION}");
            return Err(CommandError::usage(message, "Replay it with the program that wrote it"));
        }
        match self.parse(&bytes)? {
            OwnedLine::Record(head) => Ok(Some(head)),
            _ => Ok(None),
        }
    }

    /// The next line, with its place. A line without an end is none.
    fn next(&mut self) -> Result<Option<(OwnedLine, u64, usize)>, CommandError> {
        let offset = self.offset;
        let Some(bytes) = self.read()? else { return Ok(None) };
        Ok(Some((self.parse(&bytes)?, offset, bytes.len())))
    }

    fn read(&mut self) -> Result<Option<Vec<u8>>, CommandError> {
        let mut line = Vec::new();
        let read = self.reader.by_ref().take(LONGEST_LINE).read_until(b'\n', &mut line);
        let len = read.map_err(|error| unreadable(self.path, &error))?;
        self.number += u64::from(len > 0);
        if line.pop() != Some(b'\n') {
            self.has_rest = len > 0;
            return Ok(None);
        }
        self.offset += len as u64;
        Ok(Some(line))
    }

    fn parse(&mut self, line: &[u8]) -> Result<OwnedLine, CommandError> {
        let object = self
            .chain
            .object(line)
            .ok_or_else(|| self.malformed("it was changed, or a line before it is missing"))?;
        // serde's text would quote what is in the line.
        serde_json::from_slice(&object).map_err(|_| self.malformed("it is of no known kind"))
    }

    fn malformed(&self, what: &str) -> CommandError {
        wrong(self.path, self.number, what)
    }
}

fn wrong(path: &Path, line: u64, what: &str) -> CommandError {
    let message = format!("the record {}, line {line}: {what}", path.display());
    CommandError::usage(
        message,
        "Replay the file as --record wrote it, with the same version of the program",
    )
}

fn unreadable(path: &Path, error: &io::Error) -> CommandError {
    CommandError::unreadable("the record", path, error, NOT_A_RECORD)
}
