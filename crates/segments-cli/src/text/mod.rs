//! Text for people: escaped for terminals, wrapped, and times and sizes as they are written.

pub(crate) mod clock;
pub mod escape;
pub(crate) mod hex;
pub(crate) mod invisible;
pub(crate) mod os_error;
pub(crate) mod plural;
pub(crate) mod quantity;
pub(crate) mod strict_json;
pub(crate) mod wrap;
