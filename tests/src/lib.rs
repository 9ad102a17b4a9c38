//! What holds for every layer, said once.
//!
//! - [`model`]: a small world that changes while an export reads it, and the judge of its claims.

pub mod model;
