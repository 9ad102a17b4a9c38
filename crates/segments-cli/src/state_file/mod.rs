//! The file of `--state`.

mod content;
mod place;

pub(crate) use place::StateFile;
