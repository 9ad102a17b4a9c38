//! The real binary, against the emulator and against servers that misbehave.

mod config;
mod demo;
mod failures;
mod output;
mod pages;
mod serve;
mod signals;
mod support;
