//! Answers that are older than their questions, in whole exports.

mod core;
