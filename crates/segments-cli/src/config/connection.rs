//! Where to read, and with which key.

use std::fs;
use std::path::Path;

use segments_core::{ApiKey, Endpoint};

use super::endpoint::endpoint;
use super::environment::Environment;
use super::key::key;
use super::proxy::proxy;
use crate::args::Connection;
use crate::error::CommandError;
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
    /// Takes the arguments before the environment, and reports everything that is missing at once.
    pub(crate) fn new(
        args: &Connection,
        environment: &Environment,
        console: &Console,
    ) -> Result<Self, CommandError> {
        let endpoint = endpoint(args, environment.url.as_deref())?;
        let key = key(args.api_key_file.as_deref(), environment.key.as_deref(), console)?;
        let (endpoint, key) = match (endpoint, key) {
            (Some(endpoint), Some(key)) => (endpoint, key),
            (endpoint, key) => return Err(missing(endpoint.is_none(), key.is_none())),
        };

        let proxy = proxy(environment, &endpoint)?;
        let roots = args.ca_file.as_deref().map(read_roots).transpose()?;
        Ok(Self { endpoint, key, proxy, roots })
    }
}

fn read_roots(path: &Path) -> Result<Vec<u8>, CommandError> {
    fs::read(path).map_err(|error| {
        CommandError::unreadable("--ca-file", path, &error, "It must be a PEM file")
    })
}

/// What the user has to give.
pub(crate) fn missing(endpoint: bool, key: bool) -> CommandError {
    let place = "where to read (--instance us-01, --base-url URL or BRAZE_BASE_URL)";
    let secret = "the API key (BRAZE_API_KEY or --api-key-file PATH)";
    let message = match (endpoint, key) {
        (true, true) => format!("missing: {place}, and {secret}"),
        (true, false) => format!("missing: {place}"),
        _ => format!("missing: {secret}"),
    };
    CommandError::usage(message, "`segments export --demo` needs neither")
}
