//! The command line, and the texts of `--help`.

mod cli;
mod conformance;
mod export;
mod get;
mod help;
mod listen;
mod serve;
mod shared;
mod values;

pub(crate) use cli::{Cli, Command, parse, refuse};
pub(crate) use conformance::{Conformance, TableFormat};
pub(crate) use export::Export;
pub(crate) use get::Get;
pub(crate) use serve::Serve;
pub(crate) use shared::{Connection, Output};
