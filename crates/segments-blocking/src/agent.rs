use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use rustls::RootCertStore;
use rustls::crypto::ring;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls_native_certs::load_native_certs;
use ureq::tls::{Certificate, RootCerts, TlsConfig};
use ureq::{Agent, Proxy, ProxyProtocol};

/// An agent that trusts the platform's roots and goes through no proxy.
pub fn agent() -> Agent {
    let settings = AgentBuilder::default();
    settings.with_roots(RootCerts::PlatformVerifier)
}

/// Settings of an agent: proxy, roots, connect timeout.
#[derive(Clone, Debug)]
pub struct AgentBuilder {
    proxy: Option<Proxy>,
    roots: Vec<CertificateDer<'static>>,
    platform_roots: bool,
    connect_timeout: Duration,
}

impl Default for AgentBuilder {
    fn default() -> Self {
        Self {
            proxy: None,
            roots: Vec::new(),
            platform_roots: true,
            connect_timeout: Duration::from_secs(10),
        }
    }
}

impl AgentBuilder {
    /// As [`agent`] has them.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sends everything, except to this machine, through a tunnel (`CONNECT`) of the proxy at
    /// `http://[user:password@]host[:port]`.
    ///
    /// # Errors
    /// [`AgentError::InvalidProxy`] for another scheme or form. The text is not in the error, as
    /// it may hold a password.
    pub fn proxy(mut self, url: &str) -> Result<Self, AgentError> {
        let proxy = Proxy::new(url).map_err(|_| AgentError::InvalidProxy)?;
        if proxy.protocol() != ProxyProtocol::Http {
            return Err(AgentError::InvalidProxy);
        }
        self.proxy = Some(proxy);
        Ok(self)
    }

    /// Trusts the certificates of a PEM file too, for a company's own authority.
    ///
    /// With added certificates the platform's are read as a list, and rustls alone judges; without
    /// them the platform's own verifier does, where there is one (macOS, Windows).
    ///
    /// # Errors
    /// [`AgentError::InvalidPem`] when it cannot be read or holds no certificate.
    pub fn add_root_pem(mut self, pem: &[u8]) -> Result<Self, AgentError> {
        let read = CertificateDer::pem_slice_iter(pem).collect::<Result<Vec<_>, _>>();
        match read {
            Ok(certificates) if !certificates.is_empty() => self.roots.extend(certificates),
            _ => return Err(AgentError::InvalidPem),
        }
        Ok(self)
    }

    /// Trusts nothing but the added certificates.
    #[must_use]
    pub fn only_added_roots(mut self) -> Self {
        self.platform_roots = false;
        self
    }

    /// How long opening a connection may take, with the TLS handshake: 10 seconds unless set.
    #[must_use]
    pub fn connect_timeout(mut self, limit: Duration) -> Self {
        self.connect_timeout = limit;
        self
    }

    /// The agent.
    ///
    /// # Errors
    /// [`AgentError::Roots`] when nothing would be trusted, or an added certificate is none.
    pub fn build(self) -> Result<Agent, AgentError> {
        let mut valid = RootCertStore::empty();
        for root in &self.roots {
            valid.add(root.clone()).map_err(|error| AgentError::Roots(error.to_string()))?;
        }
        let roots = match (self.platform_roots, self.roots.is_empty()) {
            (true, true) => RootCerts::PlatformVerifier,
            (true, false) => listed(self.roots.iter().chain(&load_native_certs().certs)),
            (false, false) => listed(self.roots.iter()),
            (false, true) => return Err(AgentError::Roots("none was added".to_owned())),
        };
        Ok(self.with_roots(roots))
    }

    fn with_roots(self, roots: RootCerts) -> Agent {
        // Named, never the process's default: which one that is depends on other crates' features.
        let provider = Arc::new(ring::default_provider());
        let tls = TlsConfig::builder()
            .root_certs(roots)
            .unversioned_rustls_crypto_provider(provider)
            .build();
        Agent::config_builder()
            .tls_config(tls)
            .proxy(self.proxy)
            .timeout_connect(Some(self.connect_timeout))
            .build()
            .new_agent()
    }
}

fn listed<'a>(roots: impl Iterator<Item = &'a CertificateDer<'static>>) -> RootCerts {
    roots.map(|root| Certificate::from_der(root).to_owned()).into()
}

/// Why an agent cannot be made.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AgentError {
    /// The proxy is not of the form `http://[user:password@]host[:port]`.
    InvalidProxy,
    /// The PEM text holds no certificate, or a broken one.
    InvalidPem,
    /// No root certificate can be used; the text says why.
    Roots(String),
}

impl fmt::Display for AgentError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InvalidProxy => {
                f.write_str("the proxy must have the form http://[user:password@]host[:port]")
            }
            Self::InvalidPem => f.write_str("the PEM text holds no certificate, or a broken one"),
            Self::Roots(why) => write!(f, "no usable root certificates: {why}"),
        }
    }
}

impl std::error::Error for AgentError {}

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
            assert_eq!(AgentBuilder::new().proxy(url).unwrap_err(), AgentError::InvalidProxy);
        }
    }

    #[test]
    fn roots_must_be_certificates() {
        for pem in ["", "text", "-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n"] {
            let refused = AgentBuilder::new().add_root_pem(pem.as_bytes());
            assert_eq!(refused.unwrap_err(), AgentError::InvalidPem, "{pem}");
        }
        let pem = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        let refused = AgentBuilder::new().add_root_pem(pem.as_bytes()).unwrap().build();
        assert!(matches!(refused, Err(AgentError::Roots(_))));
    }

    #[test]
    fn nothing_to_trust_is_an_error() {
        let refused = AgentBuilder::new().only_added_roots().build();
        assert!(matches!(refused, Err(AgentError::Roots(_))));
    }
}
