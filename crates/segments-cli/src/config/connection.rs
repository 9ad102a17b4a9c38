//! Where to read, and with which key.

use std::fs;
use std::path::Path;

use segments_core::{ApiKey, Endpoint};

use super::endpoint::refuse_key;
use super::environment::Environment;
use super::key::key;
use super::paths;
use super::profile::{Entry, KeySource, Profile};
use super::proxy::proxy;
use super::settings::{Setting, Settings};
use crate::args::Connection;
use crate::error::CommandError;
use crate::files::FileUses;
use crate::terminal::Console;

/// What a client needs to know.
#[derive(Debug)]
pub(crate) struct Config {
    pub(crate) endpoint: Endpoint,
    pub(crate) key: ApiKey,
    /// The address of the proxy, if requests go through one. It may hold a password.
    pub(crate) proxy: Option<String>,
    /// Certificates to trust, as PEM.
    pub(crate) roots: Option<Vec<u8>>,
}

impl Config {
    /// Reads the key, and reports everything that is missing at once. `files` are those that the
    /// arguments name.
    pub(crate) fn new(
        args: &Connection,
        environment: &Environment,
        files: FileUses,
        console: &Console,
    ) -> Result<Self, CommandError> {
        let settings = Settings::load(args, environment)?;
        paths::check_settings(files, &settings)?;
        if let Some(text) = settings.overridden() {
            console.warn(&text);
        }

        let Settings { endpoint, key: source, .. } = settings;
        let read =
            |source: &Setting<KeySource>| key(&source.value, &source.origin.to_string(), console);
        let (endpoint, key) = match (endpoint, source.as_ref().map(read).transpose()?) {
            (Some(endpoint), Some(key)) => (endpoint.value, key),
            (endpoint, key) => return Err(missing(endpoint.is_none(), key.is_none())),
        };

        refuse_key(&endpoint, &key)?;

        let proxy = proxy(environment, &endpoint)?;
        let roots = args.ca_file.as_deref().map(read_roots).transpose()?;
        Ok(Self { endpoint, key, proxy, roots })
    }

    /// Reads the key of a profile, whose `endpoint` is known, and which no flag and no variable
    /// changes.
    pub(crate) fn of_profile(
        profile: &Profile,
        endpoint: Endpoint,
        environment: &Environment,
        roots: Option<Vec<u8>>,
        console: &Console,
    ) -> Result<Self, CommandError> {
        let Entry { value: source, name, .. } = &profile.key;
        let key = key(source, name, console)?;
        refuse_key(&endpoint, &key)?;

        let proxy = proxy(environment, &endpoint)?;
        Ok(Self { endpoint, key, proxy, roots })
    }
}

/// The certificates of `--ca-file`.
pub(crate) fn read_roots(path: &Path) -> Result<Vec<u8>, CommandError> {
    fs::read(path).map_err(|error| {
        CommandError::unreadable("--ca-file", path, &error, "It must be a PEM file")
    })
}

/// Where an endpoint can be given, other than in a profile.
pub(crate) const ENDPOINT_PLACES: &str = "--instance us-01, --base-url URL or BRAZE_BASE_URL";

/// Where a key can be given, other than in a profile.
pub(crate) const KEY_PLACES: &str =
    "BRAZE_API_KEY, --api-key-file PATH or --api-key-command COMMAND";

/// What the user has to give.
pub(crate) fn missing(endpoint: bool, key: bool) -> CommandError {
    let place = format!("where to read ({ENDPOINT_PLACES})");
    let secret = format!("the API key ({KEY_PLACES})");
    let message = match (endpoint, key) {
        (true, true) => format!("missing: {place}, and {secret}"),
        (true, false) => format!("missing: {place}"),
        _ => format!("missing: {secret}"),
    };
    let profile = "a profile of the configuration file can hold both (`segments config path`)";
    let advice = match (endpoint, key) {
        (true, true) => format!("{profile}; `segments export --demo` needs neither"),
        _ => profile.to_owned(),
    };
    CommandError::usage(message, advice)
}
