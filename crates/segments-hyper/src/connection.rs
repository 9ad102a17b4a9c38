//! One connection to a server, and the requests on it, one after the other.

use std::sync::Arc;
use std::task::{Context, Poll};

use http::uri::{Parts, Scheme};
use http::{HeaderValue, Request, Response, Uri, header};
use hyper::body::Incoming;
use hyper::client::conn::http1::{Builder, SendRequest};
use hyper::rt::{Read, Write};
use hyper_util::rt::TokioIo;
use segments_core::{TransportError, TransportErrorKind};
use segments_transport::Traffic;

use crate::Body;
use crate::transport_error::transport_error;
use crate::watched::Watched;

/// A connection that is open, as far as is known.
#[derive(Debug)]
pub(crate) struct Connection {
    sender: SendRequest<Body>,
    traffic: Arc<Traffic>,
    origin: Uri,
    host: HeaderValue,
}

impl Connection {
    /// Speaks HTTP/1.1 over a stream that leads to the origin of `target`. A task drives it until it is
    /// dropped.
    pub(crate) async fn new<T>(
        stream: T,
        target: &Uri,
        http: &Builder,
    ) -> Result<Self, TransportError>
    where
        T: Read + Write + Send + Unpin + 'static,
    {
        let traffic = Arc::new(Traffic::default());
        let watched = TokioIo::new(Watched::new(TokioIo::new(stream), Arc::clone(&traffic)));
        let failed = |error: hyper::Error| transport_error(&error, false);

        let (sender, connection) = http.handshake(watched).await.map_err(failed)?;
        tokio::spawn(connection);
        Ok(Self { sender, traffic, origin: target.clone(), host: host(target) })
    }

    /// Whether it leads to the server of `target`.
    pub(crate) fn leads_to(&self, target: &Uri) -> bool {
        self.origin.scheme() == target.scheme() && self.origin.authority() == target.authority()
    }

    /// Whether it can take a request. One that is closed never can.
    pub(crate) fn is_ready(&self) -> bool {
        self.sender.is_ready()
    }

    /// Waits until it can take another request.
    pub(crate) fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<hyper::Result<()>> {
        self.sender.poll_ready(cx)
    }

    /// Sends a request.
    ///
    /// # Errors
    /// `StaleConnection` if the server had closed the connection, which was used before, and no byte
    /// of the response came.
    pub(crate) async fn send(
        &mut self,
        mut request: Request<Body>,
    ) -> Result<Response<Incoming>, TransportError> {
        let is_reused = self.traffic.is_reused();
        request.headers_mut().entry(header::HOST).or_insert_with(|| self.host.clone());
        *request.uri_mut() = origin_form(request.uri());

        let error = match self.sender.try_send_request(request).await {
            Ok(response) => return Ok(response),
            Err(error) => error,
        };
        if self.traffic.is_http2() {
            return Err(Traffic::http2_only());
        }

        let was_never_sent = error.message().is_some();
        let failure = transport_error(error.error(), false);
        let is_stale = (was_never_sent && is_reused) || self.traffic.is_reused_and_silent();
        if failure.kind() == TransportErrorKind::Closed && is_stale {
            return Err(TransportError::new(TransportErrorKind::StaleConnection, failure.detail()));
        }
        Err(failure)
    }
}

/// The path and the query, which is what a server is asked for.
fn origin_form(target: &Uri) -> Uri {
    let mut parts = Parts::default();
    parts.path_and_query = target.path_and_query().cloned();
    Uri::from_parts(parts).unwrap_or_default()
}

/// The value of `Host`, without the port that the scheme has anyway.
fn host(target: &Uri) -> HeaderValue {
    let host = target.host().unwrap_or_default();
    let usual = if target.scheme() == Some(&Scheme::HTTPS) { 443 } else { 80 };
    let text = match target.port_u16() {
        Some(port) if port != usual => format!("{host}:{port}"),
        _ => host.to_owned(),
    };
    HeaderValue::try_from(text).expect("the host of a URI is visible ASCII")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_host_has_the_port_that_is_not_usual() {
        for (target, expected) in [
            ("http://a.example/", "a.example"),
            ("http://a.example:80/", "a.example"),
            ("https://a.example:443/x?y", "a.example"),
            ("https://a.example:80", "a.example:80"),
            ("http://[::1]:8080/", "[::1]:8080"),
            ("http://user@a.example:1/", "a.example:1"),
        ] {
            assert_eq!(host(&Uri::from_static(target)), expected, "{target}");
        }
    }

    #[test]
    fn a_server_is_asked_for_path_and_query() {
        for (target, expected) in
            [("http://a/b/c?d=e", "/b/c?d=e"), ("http://a", "/"), ("http://a?b", "/?b")]
        {
            assert_eq!(origin_form(&Uri::from_static(target)), expected, "{target}");
        }
    }
}
