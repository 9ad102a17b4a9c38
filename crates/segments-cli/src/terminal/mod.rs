//! Standard error: messages, and the progress line.

mod console;
mod level;
mod progress;

pub(crate) use console::{Console, PERIOD};
pub(crate) use level::Level;
