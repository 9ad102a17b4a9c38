//! How much is printed.

/// What goes to standard error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Level {
    /// Warnings, errors, and what the user asked for.
    Quiet,
    /// Also what happened, and the progress line.
    Normal,
    /// Also each request.
    Verbose,
}
