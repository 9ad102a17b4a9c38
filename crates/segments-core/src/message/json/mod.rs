//! The body of a response: a page of segments as JSON.

pub(crate) mod decode;
pub(crate) mod invalid_text;
mod json_error;
pub(crate) mod scan;
pub(crate) mod table;

pub use json_error::{Field, JsonError, JsonErrorKind, JsonPath};
