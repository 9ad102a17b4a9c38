//! Standard error: messages, and the progress line.

mod console;
mod facts;
mod json;
mod level;
mod progress;
mod workspaces;

pub(crate) use console::{Console, PERIOD};
pub(crate) use json::JsonMessages;
pub(crate) use level::Level;
