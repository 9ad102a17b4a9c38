//! What holds for every layer, said once.
//!
//! - [`model`]: a small world that changes while an export reads it, and the judge of its claims.
//! - [`properties`]: invariants as plain functions of plain inputs, which panic when violated.
//!   Property tests, fuzz targets and the stored corpus all call the same ones.
//! - [`world`]: whole exports against the emulator, in virtual time and without sockets.
//! - [`cases`]: one table of what a server does and what must come of it, for every layer.
//! - [`catalogue`]: every fault, what comes of it, and who has tests of it.
//! - [`echoes`]: answers that say the key back.
//! - [`hostile`]: answers of a server that means harm.
//! - [`peer`]: who is at the other end of a case.
//! - [`soak`]: millions of random exports of the model, and a table of what came of them.
//! - [`fixtures`]: answers in the recorded shape.

#![forbid(unsafe_code)]

pub mod cases;
pub mod catalogue;
pub mod echoes;
pub mod fixtures;
pub mod hostile;
pub mod model;
pub mod peer;
pub mod properties;
pub mod soak;
pub mod world;
