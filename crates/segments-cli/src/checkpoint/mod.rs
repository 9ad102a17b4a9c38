//! Exports that were interrupted: the file of `--checkpoint`.

mod file;
mod saver;
mod store;

pub(crate) use file::{read as read_checkpoint, write as write_checkpoint};
pub(crate) use saver::{PERIOD, Saver, pause_after};
pub(crate) use store::Store;
