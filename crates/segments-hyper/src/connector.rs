use std::error::Error as StdError;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;
use std::{fmt, io, vec};

use http::Uri;
use http::uri::{Authority, Parts};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::dns::Name;
use hyper_util::client::legacy::connect::proxy::Tunnel;
use hyper_util::client::proxy::matcher::Intercept;
use hyper_util::rt::TokioIo;
use segments_core::FailureKind;
use tokio::net::{TcpStream, lookup_host};
use tower_service::Service;

type BoxError = Box<dyn StdError + Send + Sync>;
type BoxFuture<T, E> = Pin<Box<dyn Future<Output = Result<T, E>> + Send>>;

/// Opens TCP connections: directly, or through a proxy's tunnel.
#[derive(Clone, Debug)]
pub(crate) struct Connector {
    direct: HttpConnector<Resolver>,
    tunnel: Option<Tunnel<HttpConnector<Resolver>>>,
}

impl Connector {
    pub(crate) fn new(connect_timeout: Duration, proxy: Option<&Intercept>) -> Self {
        let direct = direct(connect_timeout, Resolver);
        let tunnel = proxy.map(|proxy| {
            let tunnel = Tunnel::new(proxy.uri().clone(), direct.clone());
            match proxy.basic_auth() {
                Some(credentials) => tunnel.with_auth(credentials.clone()),
                None => tunnel,
            }
        });
        Self { direct, tunnel }
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
        // The tunnel's connector is a clone of this one, and as ready.
        self.direct.poll_ready(cx).map_err(Into::into)
    }

    fn call(&mut self, target: Uri) -> Self::Future {
        match &mut self.tunnel {
            Some(tunnel) if !target.host().is_some_and(is_loopback) => {
                let connecting = tunnel.call(with_port(target));
                Box::pin(async move { connecting.await.map_err(|e| ProxyFailed(e.into()).into()) })
            }
            _ => {
                let connecting = self.direct.call(target);
                Box::pin(async move { connecting.await.map_err(Into::into) })
            }
        }
    }
}

/// What an error of this file means.
pub(crate) fn kind(error: &(dyn StdError + 'static)) -> Option<FailureKind> {
    if error.is::<ProxyFailed>() {
        Some(FailureKind::Proxy)
    } else if error.is::<NameNotFound>() {
        Some(FailureKind::Dns)
    } else {
        None
    }
}

/// Whether a host of a URI is this machine, by its text.
fn is_loopback(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    is_localhost(host) || address.is_ok_and(|address| address.is_loopback())
}

fn is_localhost(name: &str) -> bool {
    name.strip_suffix('.').unwrap_or(name).eq_ignore_ascii_case("localhost")
}

/// Whether a name may lead to this address.
fn may_be(name: &str, address: IpAddr) -> bool {
    !is_localhost(name) || address.is_loopback()
}

/// A tunnel takes port 443 when there is none in the text, for plain http too.
fn with_port(target: Uri) -> Uri {
    if target.port().is_some() || target.scheme_str() != Some("http") {
        return target;
    }
    let mut parts: Parts = target.clone().into_parts();
    let authority = format!("{}:80", target.host().unwrap_or_default());
    parts.authority = Authority::try_from(authority).ok();
    Uri::from_parts(parts).unwrap_or(target)
}

/// Asks the system; `localhost` is this machine, whatever the system says.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Resolver;

impl Service<Name> for Resolver {
    type Response = vec::IntoIter<SocketAddr>;
    type Error = NameNotFound;
    type Future = BoxFuture<Self::Response, NameNotFound>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), NameNotFound>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, name: Name) -> Self::Future {
        Box::pin(async move {
            // The port is set by the connector.
            let found = lookup_host((name.as_str(), 0)).await;
            let addresses = found.map_err(|error| NameNotFound(name.to_string(), error))?;
            let allowed = |address: &SocketAddr| may_be(name.as_str(), address.ip());
            let addresses: Vec<_> = addresses.filter(allowed).collect();
            if addresses.is_empty() {
                let error = io::Error::other("no address of this machine");
                return Err(NameNotFound(name.to_string(), error));
            }
            Ok(addresses.into_iter())
        })
    }
}

#[derive(Debug)]
pub(crate) struct NameNotFound(String, io::Error);

impl fmt::Display for NameNotFound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no address is known for {}: {}", self.0, self.1)
    }
}

impl StdError for NameNotFound {}

#[derive(Debug)]
pub(crate) struct ProxyFailed(BoxError);

impl fmt::Display for ProxyFailed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the proxy gave no tunnel: {}", self.0)?;
        let mut source = self.0.source();
        while let Some(error) = source {
            write!(f, ": {error}")?;
            source = error.source();
        }
        Ok(())
    }
}

impl StdError for ProxyFailed {}

#[cfg(test)]
mod tests {
    use segments_tests::peer::{FullQueue, nobody};

    use super::*;

    #[test]
    fn a_host_is_loopback_by_its_text_alone() {
        for host in ["127.0.0.1", "127.9.9.9", "[::1]", "localhost", "LOCALHOST."] {
            assert!(is_loopback(host), "{host}");
        }
        for host in ["127.0.0.1.example", "localhost.example", "10.0.0.1", "[::2]", "rest"] {
            assert!(!is_loopback(host), "{host}");
        }
    }

    #[test]
    fn localhost_is_this_machine_whatever_the_resolver_says() {
        let [near, far] = ["127.0.0.1", "10.0.0.1"].map(|text| text.parse().unwrap());
        assert!(may_be("localhost", near) && may_be("rest.example", near));
        assert!(may_be("rest.example", far) && !may_be("localhost", far));
    }

    /// A name with these addresses.
    #[derive(Clone)]
    struct Known(Vec<SocketAddr>);

    impl Service<Name> for Known {
        type Response = vec::IntoIter<SocketAddr>;
        type Error = NameNotFound;
        type Future = std::future::Ready<Result<Self::Response, NameNotFound>>;

        fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), NameNotFound>> {
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

    #[test]
    fn a_plain_target_keeps_its_own_default_port() {
        assert_eq!(with_port(Uri::from_static("http://a/b")), "http://a:80/b");
        assert_eq!(with_port(Uri::from_static("http://[::2]/b")), "http://[::2]:80/b");
        assert_eq!(with_port(Uri::from_static("http://a:8/b")), "http://a:8/b");
        assert_eq!(with_port(Uri::from_static("https://a/b")), "https://a/b");
    }
}
