//! A small model of a workspace whose segments come and go while an export reads it, and the
//! judge of what the export claims.

mod chooser;
mod simulation;
mod world;

pub use chooser::{Chooser, Exhaustive, Seeded};
pub use simulation::{Outcome, Setup, simulate};
pub use world::World;
