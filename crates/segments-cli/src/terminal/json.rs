//! Which messages are JSON.

/// What of standard error is written as JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct JsonMessages {
    /// The error that ends a run.
    pub(crate) errors: bool,
    /// Everything.
    pub(crate) log: bool,
}
