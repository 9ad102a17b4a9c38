pub(crate) mod fault;
pub(crate) mod leaky_bucket;
pub(crate) mod script;
pub(crate) mod valid_fault;
