//! How the program writes segments: a part of it that tests, fuzz targets and benchmarks call too.
//! No interface for others: it changes without notice.
#![forbid(unsafe_code)]

pub mod escape;
pub mod output;
