use std::time::Duration;

use segments_transport::{ClientError, Proxy, Trust};
use ureq::Agent;

use crate::connector::Connector;
use crate::look_up::NoResolver;
use crate::tls::Tls;

/// An agent that trusts the platform's roots and uses no proxy.
///
/// The roots are read at the first `https` request, which fails on a machine without any.
/// [`AgentBuilder::build`] would fail at once.
pub fn agent() -> Agent {
    AgentBuilder::default().with(Tls::lazy())
}

/// Settings of an agent: proxy, roots, connect timeout.
///
/// A reused connection of the agent that the server had closed before any byte of the response came
/// is a [`StaleConnection`](segments_core::TransportErrorKind::StaleConnection).
#[derive(Clone, Debug)]
pub struct AgentBuilder {
    proxy: Option<Proxy>,
    trust: Trust,
    connect_timeout: Duration,
}

impl Default for AgentBuilder {
    fn default() -> Self {
        let connect_timeout = Duration::from_secs(10);
        Self { proxy: None, trust: Trust::default(), connect_timeout }
    }
}

impl AgentBuilder {
    /// The settings of [`agent`].
    pub fn new() -> Self {
        Self::default()
    }

    /// Sends every request, except to this machine, through a tunnel (`CONNECT`) of the proxy at
    /// `http://[user:password@]host[:port]`.
    ///
    /// # Errors
    /// [`ClientError::InvalidProxy`] for another form or scheme. The error does not hold the text,
    /// which may hold a password.
    pub fn proxy(mut self, url: &str) -> Result<Self, ClientError> {
        self.proxy = Some(Proxy::new(url)?);
        Ok(self)
    }

    /// Trusts the certificates of a PEM file too, for a private certificate authority.
    ///
    /// # Errors
    /// [`ClientError::InvalidPem`] if it cannot be read, or holds no certificate.
    pub fn add_root_pem(mut self, pem: &[u8]) -> Result<Self, ClientError> {
        self.trust.add_pem(pem)?;
        Ok(self)
    }

    /// Trusts only the added certificates.
    #[must_use]
    pub fn only_added_roots(mut self) -> Self {
        self.trust.only_added();
        self
    }

    /// For an endpoint of plain `http`: reads no root certificates, so it works on a machine without
    /// any, and trusts nobody, so every `https` request fails.
    #[must_use]
    pub fn plain_http(mut self) -> Self {
        self.trust.nobody();
        self
    }

    /// The time limit for a connection, TLS handshake included. Default 10 s.
    #[must_use]
    pub fn connect_timeout(mut self, limit: Duration) -> Self {
        self.connect_timeout = limit;
        self
    }

    /// The agent.
    ///
    /// # Errors
    /// [`ClientError::Roots`] if nothing would be trusted, [`ClientError::InvalidRoot`] if an added
    /// certificate cannot be a root, [`ClientError::NoProvider`] without cryptography for TLS.
    pub fn build(mut self) -> Result<Agent, ClientError> {
        let config = std::mem::take(&mut self.trust).config()?;
        Ok(self.with(Tls::new(config)))
    }

    fn with(self, tls: Tls) -> Agent {
        // The connector uses the proxy: ureq would not tell the status of one that refuses.
        let config =
            Agent::config_builder().proxy(None).timeout_connect(Some(self.connect_timeout)).build();
        Agent::with_parts(config, Connector::new(self.proxy, tls), NoResolver)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proxy_is_plain_http_and_its_password_is_shown_nowhere() {
        let builder = AgentBuilder::new().proxy("http://user:secret@proxy:3128").unwrap();
        assert!(!format!("{builder:?}").contains("secret"));
        assert!(!format!("{:?}", builder.build()).contains("secret"));
        assert!(AgentBuilder::new().proxy("proxy:3128").is_ok());
        for url in ["", "https://proxy", "socks5://proxy", "http://", "ftp://proxy", "a b"] {
            assert_eq!(AgentBuilder::new().proxy(url).unwrap_err(), ClientError::InvalidProxy);
        }
    }

    #[test]
    fn roots_must_be_certificates() {
        for pem in ["", "text", "-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n"] {
            let refused = AgentBuilder::new().add_root_pem(pem.as_bytes());
            assert_eq!(refused.unwrap_err(), ClientError::InvalidPem, "{pem}");
        }
        let pem = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        let refused = AgentBuilder::new().add_root_pem(pem.as_bytes()).unwrap().build();
        assert!(matches!(refused, Err(ClientError::InvalidRoot(_))));
    }

    #[test]
    fn nothing_to_trust_is_an_error() {
        let refused = AgentBuilder::new().only_added_roots().build();
        assert!(matches!(refused, Err(ClientError::Roots(_))));
        assert!(AgentBuilder::new().only_added_roots().plain_http().build().is_ok());
    }
}
