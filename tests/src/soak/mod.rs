//! Millions of random exports in virtual time, and a table of what came of them.

mod draw;
mod table;
mod work;

pub use draw::{Kind, draw};
pub use table::Table;
pub use work::{Limits, deep, soak};
