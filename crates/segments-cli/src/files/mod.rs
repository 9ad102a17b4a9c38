//! Files that appear whole or not at all, and locks between processes.

pub(crate) mod fixed;
pub(crate) mod lock;
pub(crate) mod partial;
pub(crate) mod sink;
