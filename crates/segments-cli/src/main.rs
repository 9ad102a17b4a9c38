//! The program `segments`.
#![forbid(unsafe_code)]
#![allow(dead_code)]
mod args;
mod config;
mod escape;
mod exit;
mod output;
mod progress;
mod signal;
mod sink;

fn main() {
    use clap::Parser;
    println!("{:?}", args::Cli::parse());
}
