//! HTTP clients for many workspaces, and as few of them as possible.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use segments_hyper::Client;

use crate::config::Config;
use crate::error::CommandError;
use crate::transfer::client;

/// What a client depends on: the proxy, and whether certificates are checked.
type Kind = (Option<String>, bool);

/// Workspaces of one kind share a client, and those of one host its connections.
#[derive(Default)]
pub(in crate::commands) struct Clients {
    clients: Mutex<HashMap<Kind, Client>>,
}

impl Clients {
    /// The client that reaches the endpoint of `config`.
    pub(in crate::commands) fn get(
        &self,
        config: &Config,
        connect_timeout: Duration,
        max_head: usize,
    ) -> Result<Client, CommandError> {
        let kind = (config.proxy.clone(), config.endpoint.is_https());
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = clients.get(&kind) {
            return Ok(client.clone());
        }

        let made = client(config, connect_timeout, max_head)?;
        clients.insert(kind, made.clone());
        Ok(made)
    }
}
