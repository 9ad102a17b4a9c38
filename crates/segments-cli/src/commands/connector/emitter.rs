//! Events on standard output.

use std::io::Write;

use jiff::{Timestamp, Unit};

use crate::connectors::{Event, LogLevel, Protocol};
use crate::error::CommandError;
use crate::files::Sink;
use crate::terminal::Console;

/// Writes each event at once: whoever reads may act on it.
pub(in crate::commands) struct Emitter<P> {
    protocol: P,
    sink: Sink,
    pub(super) console: Console,
}

impl<P: Protocol> Emitter<P> {
    /// # Errors
    /// If standard output is closed.
    pub(in crate::commands) fn new(protocol: P, console: &Console) -> Result<Self, CommandError> {
        Ok(Self { protocol, sink: Sink::open_stdout()?, console: console.clone() })
    }

    /// Writes an event. A reader that went away is a failure: it has not stored what it did not read.
    pub(in crate::commands) fn emit(&mut self, event: &Event) -> Result<(), CommandError> {
        self.console.erase_progress();
        let written = self.protocol.write(event, now(), &mut self.sink);
        written
            .and_then(|()| self.sink.flush())
            .map_err(|error| CommandError::stream_failed("standard output", &error))
    }

    /// Says something to people, where the protocol wants it.
    pub(in crate::commands) fn log(
        &mut self,
        level: LogLevel,
        text: &str,
    ) -> Result<(), CommandError> {
        if P::HAS_LOG {
            return self.emit(&Event::Log(level, text));
        }
        match level {
            LogLevel::Info => self.console.note(text),
            LogLevel::Warning => self.console.warn(text),
        }
        Ok(())
    }

    pub(in crate::commands) fn warn_all(&mut self, texts: &[String]) -> Result<(), CommandError> {
        texts.iter().try_for_each(|text| self.log(LogLevel::Warning, text))
    }
}

/// In milliseconds, as both protocols have it.
pub(super) fn now() -> Timestamp {
    let now = Timestamp::now();
    now.round(Unit::Millisecond).unwrap_or(now)
}
