use std::error::Error as StdError;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use std::vec;

use http::Uri;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::dns::Name;
use hyper_util::rt::TokioIo;
use segments_core::{TransportError, TransportErrorKind};
use segments_transport::{
    Proxy, address_allowed, is_loopback, not_connected, resolver_error, tunnel_request,
    tunnel_response, unknown_host,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpStream, lookup_host};
use tower_service::Service;

use crate::transport_error::transport_error;

type BoxError = Box<dyn StdError + Send + Sync>;
type BoxFuture<T, E> = Pin<Box<dyn Future<Output = Result<T, E>> + Send>>;

/// Opens TCP connections: directly, or through a proxy's tunnel.
#[derive(Clone, Debug)]
pub(crate) struct Connector {
    direct: HttpConnector<Resolver>,
    timeout: Duration,
    proxy: Option<Arc<Proxy>>,
}

impl Connector {
    pub(crate) fn new(timeout: Duration, proxy: Option<Proxy>) -> Self {
        Self { direct: direct(timeout, Resolver), timeout, proxy: proxy.map(Arc::new) }
    }
}

/// TCP to the first address of a host that can be reached.
fn direct<R>(connect_timeout: Duration, resolver: R) -> HttpConnector<R> {
    let mut direct = HttpConnector::new_with_resolver(resolver);
    direct.enforce_http(false);
    direct.set_nodelay(true);
    direct.set_connect_timeout(Some(connect_timeout));
    direct
}

impl Service<Uri> for Connector {
    type Response = TokioIo<TcpStream>;
    type Error = BoxError;
    type Future = BoxFuture<Self::Response, BoxError>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.direct.poll_ready(cx).map_err(Into::into)
    }

    fn call(&mut self, target: Uri) -> Self::Future {
        let timeout = self.timeout;
        match &self.proxy {
            Some(proxy) if !target.host().is_some_and(is_loopback) => {
                let proxy = Arc::clone(proxy);
                let connecting = self.direct.call(proxy.uri().clone());
                Box::pin(async move {
                    let connected = connecting.await.map_err(|error| failure(&error, timeout));
                    let stream = connected.map_err(|error| proxy_failure(&proxy, &error))?;
                    Ok(tunnel(stream, &proxy, &target).await?)
                })
            }
            _ => {
                let connecting = self.direct.call(target);
                Box::pin(async move {
                    connecting.await.map_err(|error| failure(&error, timeout).into())
                })
            }
        }
    }
}

/// Asks the proxy for a tunnel. hyper-util can do this too, but does not tell the proxy's status.
async fn tunnel(
    mut stream: TokioIo<TcpStream>,
    proxy: &Proxy,
    target: &Uri,
) -> Result<TokioIo<TcpStream>, TransportError> {
    let port = if target.scheme_str() == Some("http") { 80 } else { 443 };
    let host = target.host().unwrap_or_default();
    let request = tunnel_request(proxy, host, target.port_u16().unwrap_or(port));
    let tcp = stream.inner_mut();
    tcp.write_all(&request).await.map_err(|error| proxy_failure(proxy, &error))?;

    let mut response = Vec::new();
    loop {
        if let Some(head) = tunnel_response(proxy, &response)? {
            // A server behind the tunnel sends nothing before it has a request.
            if head < response.len() {
                return Err(proxy.failure("it sends more than its response"));
            }
            return Ok(stream);
        }

        let read = stream.inner_mut().read_buf(&mut response).await;
        if read.map_err(|error| proxy_failure(proxy, &error))? == 0 {
            return Err(proxy.failure("it closed the connection without a response"));
        }
    }
}

/// Why there is no connection. That of a time limit is not that of an attempt.
fn failure(error: &(dyn StdError + 'static), timeout: Duration) -> TransportError {
    let failure = transport_error(error, false);
    match failure.kind() {
        TransportErrorKind::Timeout => not_connected(timeout),
        _ => failure,
    }
}

/// An error on the way to the proxy does not concern the server behind it.
fn proxy_failure(proxy: &Proxy, error: &(dyn StdError + 'static)) -> TransportError {
    let failure = transport_error(error, false);
    match failure.kind() {
        TransportErrorKind::NoFileDescriptor => failure,
        _ => proxy.failure(failure.detail()),
    }
}

/// The resolver of the system, except that `localhost` must be this machine.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Resolver;

impl Service<Name> for Resolver {
    type Response = vec::IntoIter<SocketAddr>;
    type Error = TransportError;
    type Future = BoxFuture<Self::Response, TransportError>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), TransportError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, name: Name) -> Self::Future {
        Box::pin(async move {
            // The connector sets the port.
            let found = lookup_host((name.as_str(), 0)).await;
            let addresses = found.map_err(|error| resolver_error(name.as_str(), &error))?;

            let allowed = |address: &SocketAddr| address_allowed(name.as_str(), address.ip());
            let addresses: Vec<_> = addresses.filter(allowed).collect();
            if addresses.is_empty() {
                return Err(unknown_host(name.as_str(), "no address of this machine"));
            }

            Ok(addresses.into_iter())
        })
    }
}

#[cfg(test)]
mod tests {
    use segments_tests::peer::{FullQueue, Nobody};

    use super::*;

    /// A name with these addresses.
    #[derive(Clone)]
    struct Known(Vec<SocketAddr>);

    impl Service<Name> for Known {
        type Response = vec::IntoIter<SocketAddr>;
        type Error = TransportError;
        type Future = std::future::Ready<Result<Self::Response, TransportError>>;

        fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), TransportError>> {
            Poll::Ready(Ok(()))
        }

        fn call(&mut self, _: Name) -> Self::Future {
            std::future::ready(Ok(self.0.clone().into_iter()))
        }
    }

    #[tokio::test]
    async fn t4_the_second_address_of_a_name_is_used() {
        let alive = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let alive = alive.local_addr().unwrap();
        let queue = FullQueue::new();
        let nobody = Nobody::new();
        for dead in [nobody.addr(), queue.addr(), "[::1]:9".parse().unwrap()] {
            let known = Known(vec![dead, alive]);
            let mut connector = direct(Duration::from_millis(600), known);
            let stream = connector.call(Uri::from_static("http://two.example/")).await.unwrap();
            assert_eq!(stream.inner().peer_addr().unwrap(), alive, "{dead}");
        }
    }

    #[tokio::test]
    async fn t3_a_connection_has_a_time_limit_of_its_own() {
        let queue = FullQueue::new();
        let uri: Uri = format!("http://{}/", queue.addr()).parse().unwrap();
        let limit = Duration::from_millis(300);

        let error = Connector::new(limit, None).call(uri).await.unwrap_err();
        assert_eq!(transport_error(&*error, false), not_connected(limit));

        let proxy = Proxy::new(&format!("http://{}", queue.addr())).unwrap();
        let target = Uri::from_static("https://braze.invalid/");
        let error = Connector::new(limit, Some(proxy)).call(target).await.unwrap_err();
        let failure = transport_error(&*error, false);
        assert_eq!(failure.kind(), TransportErrorKind::Proxy);
        assert!(failure.detail().contains("no connection within 0.3 s"), "{failure}");
    }
}
