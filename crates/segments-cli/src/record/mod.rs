//! `--record`: what an export was handed, line by line, so that it can be judged again.
//!
//! It never holds the key. It holds what the server sent, with the names of segments.

mod chain;
mod line;
mod reader;
mod recorder;
mod replay;

pub(crate) use line::{End, Head};
pub(crate) use reader::Record;
pub(crate) use recorder::Recorder;
pub(crate) use replay::{Replay, Replayed};
