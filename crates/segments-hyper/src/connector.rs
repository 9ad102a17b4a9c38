use std::error::Error as StdError;
use std::io;
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
    Proxy, io_kind, io_words, is_loopback, may_be, tunnel_answer, tunnel_request, unknown_name,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpStream, lookup_host};
use tower_service::Service;

use crate::failure::failure;

type BoxError = Box<dyn StdError + Send + Sync>;
type BoxFuture<T, E> = Pin<Box<dyn Future<Output = Result<T, E>> + Send>>;

/// Opens TCP connections: directly, or through a proxy's tunnel.
#[derive(Clone, Debug)]
pub(crate) struct Connector {
    direct: HttpConnector<Resolver>,
    proxy: Option<Arc<Proxy>>,
}

impl Connector {
    pub(crate) fn new(connect_timeout: Duration, proxy: Option<Proxy>) -> Self {
        Self { direct: direct(connect_timeout, Resolver), proxy: proxy.map(Arc::new) }
    }
}

/// TCP, to whichever address of a name can be reached.
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
        match &self.proxy {
            Some(proxy) if !target.host().is_some_and(is_loopback) => {
                let proxy = Arc::clone(proxy);
                let connecting = self.direct.call(proxy.uri().clone());
                Box::pin(async move {
                    let stream = connecting.await.map_err(|error| unreached(&proxy, &error))?;
                    Ok(tunnel(stream, &proxy, &target).await?)
                })
            }
            _ => {
                let connecting = self.direct.call(target);
                Box::pin(async move { connecting.await.map_err(Into::into) })
            }
        }
    }
}

/// Asks the proxy for a tunnel. hyper-util has this too, and does not tell the proxy's status.
async fn tunnel(
    mut stream: TokioIo<TcpStream>,
    proxy: &Proxy,
    target: &Uri,
) -> Result<TokioIo<TcpStream>, TransportError> {
    let port = if target.scheme_str() == Some("http") { 80 } else { 443 };
    let host = target.host().unwrap_or_default();
    let request = tunnel_request(proxy, host, target.port_u16().unwrap_or(port));
    let tcp = stream.inner_mut();
    tcp.write_all(&request).await.map_err(|error| unreached(proxy, &error))?;

    let mut answer = Vec::new();
    loop {
        if let Some(head) = tunnel_answer(proxy, &answer)? {
            // Whoever is behind the tunnel speaks when spoken to.
            if head < answer.len() {
                return Err(silent(proxy, "it sends more than its answer"));
            }
            return Ok(stream);
        }
        let read = stream.inner_mut().read_buf(&mut answer).await;
        if read.map_err(|error| unreached(proxy, &error))? == 0 {
            return Err(silent(proxy, "it closed the connection without an answer"));
        }
    }
}

/// Whatever keeps this machine from a word with the proxy, it is not the server behind it.
fn unreached(proxy: &Proxy, error: &(dyn StdError + 'static)) -> TransportError {
    let failure = failure(error, false);
    if failure.kind() == TransportErrorKind::NoFileDescriptor {
        return failure;
    }
    silent(proxy, failure.detail())
}

fn silent(proxy: &Proxy, why: &str) -> TransportError {
    TransportError::new(TransportErrorKind::Proxy, format!("{}: {why}", proxy.place()))
}

/// Asks the system; `localhost` is this machine, whatever the system says.
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
            // The port is set by the connector.
            let found = lookup_host((name.as_str(), 0)).await;
            let addresses = found.map_err(|error| not_found(name.as_str(), &error))?;
            let allowed = |address: &SocketAddr| may_be(name.as_str(), address.ip());
            let addresses: Vec<_> = addresses.filter(allowed).collect();
            if addresses.is_empty() {
                let why = unknown_name(name.as_str(), "no address of this machine");
                return Err(TransportError::new(TransportErrorKind::Dns, why));
            }
            Ok(addresses.into_iter())
        })
    }
}

fn not_found(name: &str, error: &io::Error) -> TransportError {
    let kind = match io_kind(error) {
        Some(TransportErrorKind::NoFileDescriptor) => TransportErrorKind::NoFileDescriptor,
        _ => TransportErrorKind::Dns,
    };
    TransportError::new(kind, unknown_name(name, &io_words(error)))
}

#[cfg(test)]
mod tests {
    use segments_tests::peer::{FullQueue, nobody};

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
        for dead in [nobody(), queue.addr(), "[::1]:9".parse().unwrap()] {
            let known = Known(vec![dead, alive]);
            let mut connector = direct(Duration::from_millis(600), known);
            let stream = connector.call(Uri::from_static("http://two.example/")).await.unwrap();
            assert_eq!(stream.inner().peer_addr().unwrap(), alive, "{dead}");
        }
    }
}
