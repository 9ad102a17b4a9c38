//! A small model of a workspace whose segments come and go while an export reads it, and the
//! judge of what the export claims.
//!
//! ```text
//!   Setup ──► run ──► Run ──► judge ──► Ok, or the false claim
//!              ▲  │
//!      Chooser ┘  └ World: the list at every moment
//! ```

mod chooser;
mod class;
mod judge;
mod naive;
mod ranks;
mod setup;
mod simulation;
mod tally;
mod world;

pub use chooser::{Chooser, Exhaustive, Seeded};
pub use class::Class;
pub use judge::judge;
pub use naive::{Naive, naive};
pub use ranks::Ranks;
pub use setup::Setup;
pub use simulation::{Answered, Run, run, simulate};
pub use tally::{Tally, explore};
pub use world::World;
