use std::error::Error as StdError;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use http::{Request, Response, Uri};
use hyper::client::conn::http1;
use hyper_rustls::HttpsConnector;
use segments_core::{TransportError, TransportErrorKind};
use segments_transport::{ClientError, MAX_HEADERS, Proxy, Trust};
use tower_service::Service;

use crate::Body;
use crate::connection::Connection;
use crate::connector::Connector;
use crate::pool::Pool;
use crate::response_body::{Lease, ResponseBody};
use crate::transport_error::transport_error;

type BoxError = Box<dyn StdError + Send + Sync>;

/// A ready-made HTTP client: HTTP/1.1 by hyper, and TLS by rustls.
///
/// It trusts the roots of the platform. It retries nothing, follows no redirect,
/// asks for no compression and reads no environment variable. `localhost` resolves to loopback
/// addresses only, and requests to this machine do not go through a proxy. A connection that is
/// idle for 15 seconds is closed, and 256 at most are idle. A reused connection that the server had
/// closed before any byte of the response came is a
/// [`StaleConnection`](segments_core::TransportErrorKind::StaleConnection).
///
/// Clones share their connections.
#[derive(Clone, Debug)]
pub struct Client {
    opener: Arc<Opener>,
    pool: Arc<Pool>,
}

/// How connections are opened.
#[derive(Debug)]
struct Opener {
    connector: HttpsConnector<Connector>,
    http: http1::Builder,
}

impl Client {
    /// A client that trusts the platform's roots and uses no proxy.
    ///
    /// # Errors
    /// [`ClientError::Roots`] if the platform has none, [`ClientError::NoProvider`] without
    /// cryptography for TLS.
    pub fn new() -> Result<Self, ClientError> {
        Self::builder().build()
    }

    /// A builder, for a proxy, other roots or another time limit.
    pub fn builder() -> ClientBuilder {
        ClientBuilder::default()
    }

    async fn exchange(
        self,
        request: Request<Body>,
    ) -> Result<Response<ResponseBody>, TransportError> {
        let idle = self.pool.take(request.uri());
        let (mut connection, epoch) = match idle {
            Some(idle) => idle,
            None => (self.opener.open(request.uri()).await?, self.pool.epoch()),
        };

        let sent = connection.send(request).await.inspect_err(|failure| {
            if failure.kind() == TransportErrorKind::StaleConnection {
                self.pool.end_epoch(epoch);
            }
        });
        let lease = Lease { connection, epoch, pool: self.pool };
        Ok(sent?.map(|body| ResponseBody::new(body, lease)))
    }
}

impl Opener {
    async fn open(&self, target: &Uri) -> Result<Connection, TransportError> {
        let failed = |error: BoxError| {
            let failure = transport_error(&*error, false);
            match failure.kind() {
                TransportErrorKind::Other => {
                    TransportError::new(TransportErrorKind::Connect, failure.detail())
                }
                _ => failure,
            }
        };
        let mut connector = self.connector.clone();
        poll_fn(|cx| connector.poll_ready(cx)).await.map_err(failed)?;
        let stream = connector.call(target.clone()).await.map_err(failed)?;
        Connection::new(stream, target, &self.http).await
    }
}

impl Service<Request<Body>> for Client {
    type Response = Response<ResponseBody>;
    type Error = TransportError;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Self::Error>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        Box::pin(self.clone().exchange(request))
    }
}

/// Settings of a [`Client`].
#[derive(Clone, Debug)]
pub struct ClientBuilder {
    proxy: Option<Proxy>,
    trust: Trust,
    connect_timeout: Duration,
    max_head: usize,
}

/// hyper's smallest buffer.
const LEAST_BUFFER: usize = 8192;

impl Default for ClientBuilder {
    fn default() -> Self {
        Self {
            proxy: None,
            trust: Trust::default(),
            connect_timeout: Duration::from_secs(10),
            max_head: 64 << 10,
        }
    }
}

impl ClientBuilder {
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

    /// The time limit for a TCP connection, over all addresses of a host. Default 10 s. (The TLS
    /// handshake counts towards the time limit of the attempt.)
    #[must_use]
    pub fn connect_timeout(mut self, limit: Duration) -> Self {
        self.connect_timeout = limit;
        self
    }

    /// The buffer for the head of a response, in bytes. Default 64 KiB. Set it for a larger
    /// [`max_head`](segments_core::Plan::max_head) of the plan, which is the limit itself.
    #[must_use]
    pub fn max_head(mut self, bytes: usize) -> Self {
        self.max_head = bytes;
        self
    }

    /// The client.
    ///
    /// # Errors
    /// [`ClientError::Roots`] if nothing would be trusted, [`ClientError::InvalidRoot`] if an added
    /// certificate cannot be a root, [`ClientError::NoProvider`] without cryptography for TLS.
    pub fn build(self) -> Result<Client, ClientError> {
        let connector = Connector::new(self.connect_timeout, self.proxy);
        let connector = HttpsConnector::from((connector, self.trust.config()?));

        let mut http = http1::Builder::new();
        http.max_buf_size(self.max_head.max(LEAST_BUFFER)).max_headers(MAX_HEADERS);

        Ok(Client { opener: Arc::new(Opener { connector, http }), pool: Arc::default() })
    }
}

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
        assert!(matches!(refused, Err(ClientError::InvalidRoot(_))));
    }

    #[test]
    fn nothing_to_trust_is_an_error() {
        let refused = Client::builder().only_added_roots().build();
        assert!(matches!(refused, Err(ClientError::Roots(_))));
        assert!(Client::builder().only_added_roots().plain_http().build().is_ok());
    }
}
