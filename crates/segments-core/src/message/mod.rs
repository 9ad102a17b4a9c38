//! Requests and responses as values; nothing here knows of the machine.

pub(crate) mod api;
pub(crate) mod counted;
pub(crate) mod digest;
pub(crate) mod error;
pub(crate) mod headers;
pub(crate) mod json;
pub(crate) mod recorded;
pub(crate) mod request;
pub(crate) mod response;
pub(crate) mod seconds;
