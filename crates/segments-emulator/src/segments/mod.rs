pub(crate) mod parse;
pub(crate) mod sample;
