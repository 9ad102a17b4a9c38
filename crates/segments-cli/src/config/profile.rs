//! A profile of the configuration file: one workspace, and where its key is kept.

use std::path::PathBuf;

use segments_core::Instance;

/// One `[profile.NAME]`.
#[derive(Debug)]
pub(crate) struct Profile {
    pub(crate) place: Entry<Place>,
    pub(crate) key: Entry<KeySource>,
}

/// A value, and where the file has it.
#[derive(Debug)]
pub(crate) struct Entry<T> {
    pub(crate) value: T,
    /// The name of the entry, such as `base_url`.
    pub(crate) name: &'static str,
    /// Counted from 1.
    pub(crate) line: usize,
}

/// Where to read. The URL is not checked yet: a flag decides whether it may be plain HTTP.
#[derive(Debug)]
pub(crate) enum Place {
    Instance(Instance),
    BaseUrl(String),
}

/// Where a key is kept. It never holds the key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum KeySource {
    /// A variable of the environment.
    Variable(String),
    File(PathBuf),
    /// A program and its arguments.
    Command(Vec<String>),
}
