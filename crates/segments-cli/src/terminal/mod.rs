//! Standard error: messages, and the progress line.

pub(crate) mod console;
pub(crate) mod progress;
