//! What the command line and the environment ask for, checked.

pub(crate) mod connection;
pub(crate) mod layout;
pub(crate) mod no_proxy;
pub(crate) mod paths;
