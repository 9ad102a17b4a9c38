//! What happens to the stream, before it is a message of either protocol.

use std::io::{self, Write};

use jiff::Timestamp;
use segments_core::Segment;

use super::saved::Saved;
use crate::error::CommandError;

/// What happens, in the order of a run: `Started`, `Saved` and `Read` any number of times, and `Done` or
/// `Failed`.
#[derive(Debug)]
pub(crate) enum Event<'a> {
    /// The first request is about to be sent.
    Started,
    /// These segments are final.
    Read(&'a [Segment]),
    /// Another run could resume from here; everything that was read so far is final, or in it.
    Saved(&'a Saved),
    /// Another run must not resume.
    Forgotten,
    /// The goal is reached.
    Done {
        /// Whether it is proven that no other segment is listed.
        is_proven: bool,
    },
    /// There is no more to come.
    Failed(&'a CommandError),
    /// For people. Only if the protocol [has a log](Protocol::HAS_LOG).
    Log(LogLevel, &'a str),
}

/// How important a line of a log is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LogLevel {
    Info,
    Warning,
}

/// Turns events into lines.
pub(crate) trait Protocol {
    /// Whether messages for people are lines of the protocol. Otherwise they go to standard error.
    const HAS_LOG: bool;

    /// Writes the lines of an event that happens at this time.
    fn write(&mut self, event: &Event, at: Timestamp, out: &mut impl Write) -> io::Result<()>;
}
