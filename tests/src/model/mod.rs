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
mod failed;
mod hold;
mod hostile;
mod in_flight;
mod judge;
mod naive;
mod ranks;
mod run;
mod setup;
mod shown;
mod simulate;
mod simulation;
mod story;
mod tally;
mod world;

pub use chooser::{Chooser, Exhaustive, Seeded};
pub use class::Class;
pub use hostile::{Ordeal, ordeal};
pub use judge::{falsehoods, judge};
pub use naive::{Naive, naive};
pub use ranks::Ranks;
pub use run::{Answered, Run};
pub use setup::Setup;
pub use simulate::{run, run_broken, run_until, simulate};
pub use story::{Story, asc, desc};
pub use tally::{Tally, explore};
pub use world::World;
