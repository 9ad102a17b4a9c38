//! What the command line and the environment ask for, checked.

mod connection;
mod endpoint;
mod environment;
mod key;
mod layout;
mod no_proxy;
pub(crate) mod paths;
mod proxy;

pub(crate) use connection::Config;
#[cfg(test)]
pub(crate) use connection::missing;
pub(crate) use environment::Environment;
pub(crate) use key::{key_file, refuse_key_in_argument};
pub(crate) use layout::Layout;
pub(crate) use proxy::invalid_proxy;
