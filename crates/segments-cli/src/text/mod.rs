//! Text for people: escaped for terminals, wrapped, and times and sizes as they are written.

pub(crate) mod clock;
pub mod escape;
pub(crate) mod quantity;
pub(crate) mod wrap;
