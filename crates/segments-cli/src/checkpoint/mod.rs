//! The file of `--checkpoint`.

mod file;
mod saver;
mod store;

pub(crate) use saver::Saver;
pub(crate) use store::Store;
