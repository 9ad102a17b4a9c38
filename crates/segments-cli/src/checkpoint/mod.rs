//! The file of `--checkpoint`.

pub(crate) mod file;
pub(crate) mod saver;
pub(crate) mod store;
