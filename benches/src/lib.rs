//! What reading costs, ours beside the usual ways to do the same: work for `cargo xtask bench`,
//! which counts instructions, and for `cargo bench --package segments-benches`, which compares
//! times.
//!
//! Every comparison works on the same [`pages`], and none of them repeats one page: a branch
//! predictor that has seen it before flatters every parser.

pub mod client;
pub mod decode;
pub mod export;
pub mod output;
pub mod pages;
pub mod request;

use std::hint::black_box;

/// Runs `work` under a name that callgrind can be told to count in, and nowhere else.
#[inline(never)]
pub fn measured<T>(work: impl FnOnce() -> T) -> T {
    black_box(work())
}
