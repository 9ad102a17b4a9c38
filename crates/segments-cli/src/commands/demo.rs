//! The emulator inside this process, for `export --demo`.

use std::net::Ipv4Addr;

use segments_core::{ApiKey, Endpoint};
use segments_emulator::{Emulator, Server, Workspace, sample};

use crate::config::Config;
use crate::error::CommandError;

/// How many segments a demonstration has: two full pages and a half.
pub(super) const SEGMENTS: usize = 250;

/// The same list in every demonstration.
pub(super) const SEED: u64 = 1;

const KEY: &str = "demonstration";

/// A running emulator on 127.0.0.1.
pub(super) struct Demo {
    server: Server,
}

impl Demo {
    pub(super) async fn start() -> Result<Self, CommandError> {
        let workspace = Workspace::new().with_key(KEY).with_segments(sample(SEGMENTS, SEED));
        let server = Server::bind(Emulator::new(workspace), (Ipv4Addr::LOCALHOST, 0)).await;
        let server = server.map_err(|error| {
            let message = format!("cannot listen on 127.0.0.1: {error}");
            CommandError::usage(message, "The demonstration needs a free port of this machine")
        })?;
        Ok(Self { server })
    }

    /// How to reach it, whatever the environment says.
    pub(super) fn config(&self) -> Result<Config, CommandError> {
        let unusable = |error: &dyn std::fmt::Display| CommandError::usage(error.to_string(), "");
        Ok(Config {
            endpoint: Endpoint::new(&self.server.url()).map_err(|error| unusable(&error))?,
            key: ApiKey::new(KEY).map_err(|error| unusable(&error))?,
            proxy: None,
            roots: None,
        })
    }
}
