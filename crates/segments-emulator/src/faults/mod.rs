//! What goes wrong: faults, their order, and their JSON. Nothing here makes a response.

pub(crate) mod fault;
pub(crate) mod json_format;
pub(crate) mod kind;
pub(crate) mod leaky_bucket;
pub(crate) mod script;
pub(crate) mod valid_fault;
