use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use http::{Request, Response, Uri};
use hyper::body::Incoming;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy;
use hyper_util::client::proxy::matcher::{Intercept, Matcher};
use hyper_util::rt::{TokioExecutor, TokioTimer};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use tower_service::Service;

use crate::Body;
use crate::connector::Connector;
use crate::send::MAX_HEADERS;
use crate::tls;

/// A ready-made HTTP client: hyper's pool, and TLS by rustls with ring.
///
/// It speaks HTTP/1.1 and trusts what the platform trusts. It repeats nothing, follows no
/// redirect, asks for no compression and reads no environment variable. The name `localhost` leads
/// to loopback addresses only, and nothing for this machine goes through a proxy. A connection
/// that idles for 15 seconds is closed.
///
/// Clones share the pool.
#[derive(Clone, Debug)]
pub struct Client {
    inner: legacy::Client<HttpsConnector<Connector>, Body>,
}

impl Client {
    /// A client that trusts the platform's roots and goes through no proxy.
    ///
    /// # Errors
    /// [`ClientError::Roots`] when the platform has none.
    pub fn new() -> Result<Self, ClientError> {
        Self::builder().build()
    }

    /// For another proxy, other roots, or another time limit.
    pub fn builder() -> ClientBuilder {
        ClientBuilder::default()
    }
}

// What hyper-util calls its errors and futures stays inside: it has no stable version yet.
impl Service<Request<Body>> for Client {
    type Response = Response<Incoming>;
    type Error = Box<dyn std::error::Error + Send + Sync>;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Self::Error>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(cx).map_err(Into::into)
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let answering = self.inner.call(request);
        Box::pin(async move { answering.await.map_err(Into::into) })
    }
}

/// Settings of a [`Client`].
#[derive(Clone, Debug)]
pub struct ClientBuilder {
    proxy: Option<Intercept>,
    roots: Vec<CertificateDer<'static>>,
    platform_roots: bool,
    plain_http: bool,
    connect_timeout: Duration,
    max_head: usize,
}

/// hyper reads at least so much at once.
const LEAST_BUFFER: usize = 8192;

impl Default for ClientBuilder {
    fn default() -> Self {
        Self {
            proxy: None,
            roots: Vec::new(),
            platform_roots: true,
            plain_http: false,
            connect_timeout: Duration::from_secs(10),
            max_head: 64 << 10,
        }
    }
}

impl ClientBuilder {
    /// Sends everything, except to this machine, through a tunnel (`CONNECT`) of the proxy at
    /// `http://[user:password@]host[:port]`.
    ///
    /// # Errors
    /// [`ClientError::InvalidProxy`] for another scheme or form. The text is not in the error, as
    /// it may hold a password.
    pub fn proxy(mut self, url: &str) -> Result<Self, ClientError> {
        let anywhere = Uri::from_static("https://host");
        let proxy = Matcher::builder().https(url).build().intercept(&anywhere);
        let plain = |proxy: &Intercept| proxy.uri().scheme_str() == Some("http");
        self.proxy = Some(proxy.filter(plain).ok_or(ClientError::InvalidProxy)?);
        Ok(self)
    }

    /// Trusts the certificates of a PEM file too, for a company's own authority.
    ///
    /// # Errors
    /// [`ClientError::InvalidPem`] when it cannot be read or holds no certificate.
    pub fn add_root_pem(mut self, pem: &[u8]) -> Result<Self, ClientError> {
        let read = CertificateDer::pem_slice_iter(pem).collect::<Result<Vec<_>, _>>();
        match read {
            Ok(certificates) if !certificates.is_empty() => self.roots.extend(certificates),
            _ => return Err(ClientError::InvalidPem),
        }
        Ok(self)
    }

    /// Trusts nothing but the added certificates.
    #[must_use]
    pub fn only_added_roots(mut self) -> Self {
        self.platform_roots = false;
        self
    }

    /// For an endpoint of plain `http`: looks for no root certificates, which a machine without
    /// any needs, and trusts nobody, so that every `https` fails.
    #[must_use]
    pub fn plain_http(mut self) -> Self {
        self.plain_http = true;
        self
    }

    /// How long opening a TCP connection may take, over all addresses of a host: 10 seconds unless
    /// set. (The TLS handshake counts towards the time limit of the try.)
    #[must_use]
    pub fn connect_timeout(mut self, limit: Duration) -> Self {
        self.connect_timeout = limit;
        self
    }

    /// The longest head that can be read: 64 KiB unless set. It makes room for a larger
    /// [`max_head`](segments_core::Plan::max_head) of the plan, which is the limit itself.
    #[must_use]
    pub fn max_head(mut self, bytes: usize) -> Self {
        self.max_head = bytes;
        self
    }

    /// The client.
    ///
    /// # Errors
    /// [`ClientError::Roots`] when nothing would be trusted, or an added certificate is none.
    pub fn build(self) -> Result<Client, ClientError> {
        let tls = if self.plain_http {
            tls::trusting_nobody()
        } else {
            tls::config(self.roots, self.platform_roots)
        };
        let tls = tls.map_err(|error| ClientError::Roots(error.to_string()))?;
        let connector = HttpsConnectorBuilder::new()
            .with_tls_config(tls)
            .https_or_http()
            .enable_http1()
            .wrap_connector(Connector::new(self.connect_timeout, self.proxy.as_ref()));
        let inner = legacy::Client::builder(TokioExecutor::new())
            .retry_canceled_requests(false)
            .pool_idle_timeout(Duration::from_secs(15))
            .pool_timer(TokioTimer::new())
            .http1_max_buf_size(self.max_head.max(LEAST_BUFFER))
            .http1_max_headers(MAX_HEADERS)
            .build(connector);
        Ok(Client { inner })
    }
}

/// Why a [`Client`] cannot be made.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ClientError {
    /// The proxy is not of the form `http://[user:password@]host[:port]`.
    InvalidProxy,
    /// The PEM text holds no certificate, or a broken one.
    InvalidPem,
    /// No root certificate can be used; the text says why.
    Roots(String),
}

impl fmt::Display for ClientError {
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

impl std::error::Error for ClientError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proxy_is_plain_http_and_its_password_is_shown_nowhere() {
        let builder = Client::builder().proxy("http://user:secret@proxy:3128").unwrap();
        assert!(!format!("{builder:?}").contains("secret"));
        assert!(!format!("{:?}", builder.build()).contains("secret"));
        assert!(Client::builder().proxy("proxy:3128").is_ok());
        for url in ["", "https://proxy", "socks5://proxy", "http://", "ftp://proxy", "a b"] {
            assert_eq!(Client::builder().proxy(url).unwrap_err(), ClientError::InvalidProxy);
        }
    }

    #[test]
    fn roots_must_be_certificates() {
        for pem in ["", "text", "-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n"] {
            let refused = Client::builder().add_root_pem(pem.as_bytes());
            assert_eq!(refused.unwrap_err(), ClientError::InvalidPem, "{pem}");
        }
        let pem = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        let refused = Client::builder().add_root_pem(pem.as_bytes()).unwrap().build();
        assert!(matches!(refused, Err(ClientError::Roots(_))));
    }

    #[test]
    fn nothing_to_trust_is_an_error() {
        let refused = Client::builder().only_added_roots().build();
        assert!(matches!(refused, Err(ClientError::Roots(_))));
        assert!(Client::builder().only_added_roots().plain_http().build().is_ok());
    }
}
