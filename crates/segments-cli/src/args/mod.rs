//! The command line, and the texts of `--help`.

mod airbyte;
mod check;
mod cli;
mod config;
mod conformance;
mod diff;
mod events;
mod export;
mod get;
mod help;
mod listen;
mod max_removed;
mod request;
mod serve;
mod shared;
mod sync;
mod tap;
mod terminal;
mod timeouts;
mod values;

pub(crate) use airbyte::{Airbyte, Configured, Read};
pub(crate) use check::{Check, CheckFormat};
pub(crate) use cli::{Cli, Command, parse, refuse};
pub(crate) use config::{Config, Show};
pub(crate) use conformance::{Conformance, TableFormat};
pub(crate) use diff::Diff;
pub(crate) use events::Events;
pub(crate) use export::Export;
pub(crate) use get::Get;
pub(crate) use request::RequestFormat;
pub(crate) use serve::Serve;
pub(crate) use shared::{Connection, Output};
pub(crate) use sync::{Sync, Tracking, Watch};
pub(crate) use tap::Tap;
pub(crate) use timeouts::CONNECT_TIMEOUT;
