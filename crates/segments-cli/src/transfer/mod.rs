//! Segments on their way from an export to the output.

pub(crate) mod source;
