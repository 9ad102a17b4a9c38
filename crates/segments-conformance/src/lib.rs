#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod case;
mod cases;
mod child;
mod finding;
mod printed;
mod situation;
mod suite;
mod verdict;

pub use case::Case;
pub use finding::Finding;
pub use suite::Suite;
pub use verdict::Verdict;
