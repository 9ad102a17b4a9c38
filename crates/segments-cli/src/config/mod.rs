//! What the command line, the environment and the configuration file ask for, checked.

mod connection;
mod connector;
mod endpoint;
mod environment;
mod file;
mod json_profiles;
mod key;
mod key_command;
mod key_hash;
mod key_text;
mod layout;
mod no_proxy;
pub(crate) mod paths;
mod profile;
mod profile_list;
mod profiles;
mod proxy;
mod settings;
mod toml_profiles;

pub(crate) use connection::{Config, ENDPOINT_PLACES, KEY_PLACES, missing, read_roots};
pub(crate) use connector::{ConnectorConfig, KeyEntries};
pub(crate) use endpoint::endpoint_of;
pub(crate) use environment::Environment;
pub(crate) use file::path as config_file;
pub(crate) use key::{key_file, refuse_key_in_argument};
pub(crate) use key_hash::KeyHash;
pub(crate) use key_text::looks_like_key;
pub(crate) use layout::Layout;
pub(crate) use profile::{KeySource, Profile};
pub(crate) use profile_list::parse_profiles;
pub(crate) use profiles::NamedProfile;
pub(crate) use proxy::invalid_proxy;
pub(crate) use settings::{Origin, Setting, Settings};
