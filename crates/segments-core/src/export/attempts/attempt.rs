use std::time::Duration;

use crate::message::error::Error;

/// Which request for a page this is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Attempt {
    /// From 1.
    pub(crate) number: u32,
    /// It replaces a request that was lost to a stale connection.
    pub(crate) replacement: bool,
}

/// A page whose last attempt failed.
#[derive(Debug, Clone, Default)]
pub(crate) struct AttemptState {
    /// Failed attempts.
    pub(crate) failures: u32,
    /// Those of them with a response that could not be read.
    pub(crate) unreadable: u32,
    /// The request of this attempt was lost to a stale connection, and is sent again.
    pub(crate) replaced: bool,
    pub(crate) not_before: Duration,
    /// Ends the export if the page turns out to be needed.
    pub(crate) held: Option<Error>,
}
