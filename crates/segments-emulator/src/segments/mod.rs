//! Where the segments of a workspace come from: invented, or out of a file.

pub(crate) mod parse;
pub(crate) mod sample;
