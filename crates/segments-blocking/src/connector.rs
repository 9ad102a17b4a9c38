use std::sync::Arc;

use http::Uri;
use segments_core::TransportErrorKind;
use segments_transport::{Proxy, is_loopback, tunnel_request, tunnel_response};
use ureq::Error;
use ureq::unversioned::transport::{self, ConnectionDetails, Either, TcpConnector, Transport};

use crate::look_up::look_up;
use crate::time_left::remaining;
use crate::tls::{Secured, Tls};
use crate::transport_error::{into_ureq, transport_error};
use crate::watched::Watched;

/// Opens connections: directly or through the tunnel of a proxy, plain or under TLS.
#[derive(Debug)]
pub(crate) struct Connector {
    tcp: TcpConnector,
    proxy: Option<Arc<Proxy>>,
    tls: Tls,
}

impl Connector {
    pub(crate) fn new(proxy: Option<Proxy>, tls: Tls) -> Self {
        Self { tcp: TcpConnector::default(), proxy: proxy.map(Arc::new), tls }
    }
}

/// The proxy to use for a target, if any.
fn proxy_for<'a>(proxy: Option<&'a Proxy>, target: &Uri) -> Option<&'a Proxy> {
    proxy.filter(|_| !target.host().is_some_and(is_loopback))
}

impl transport::Connector for Connector {
    type Out = Watched<Either<Box<dyn Transport>, Secured>>;

    fn connect(
        &self,
        details: &ConnectionDetails<'_>,
        chained: Option<()>,
    ) -> Result<Option<Self::Out>, Error> {
        let proxy = proxy_for(self.proxy.as_deref(), details.uri);
        let details = &look_up(proxy.map_or(details.uri, Proxy::uri), details)
            .map_err(|error| on_the_way(proxy, error))?;
        let connected = self.tcp.connect(details, chained);
        let connected = connected.map_err(|error| on_the_way(proxy, error))?;
        let Some(mut stream) = connected else { return Ok(None) };

        if let Some(proxy) = proxy {
            tunnel(&mut stream, proxy, details)?;
        }

        let stream: Box<dyn Transport> = Box::new(stream);
        let stream = if details.needs_tls() {
            Either::B(self.tls.secure(stream, details)?)
        } else {
            Either::A(stream)
        };
        Ok(Some(Watched::new(stream, details.config)))
    }
}

/// Asks the proxy for a tunnel. ureq can do this too, but tells the proxy's status only in a text.
fn tunnel(
    stream: &mut impl Transport,
    proxy: &Proxy,
    details: &ConnectionDetails<'_>,
) -> Result<(), Error> {
    let target = details.uri;
    let port = if target.scheme_str() == Some("http") { 80 } else { 443 };
    let host = target.host().unwrap_or_default();
    let request = tunnel_request(proxy, host, target.port_u16().unwrap_or(port));

    for piece in request.chunks(1 << 10) {
        stream.buffers().output()[..piece.len()].copy_from_slice(piece);
        let sent = stream.transmit_output(piece.len(), remaining(details));
        sent.map_err(|error| on_the_way(Some(proxy), error))?;
    }

    loop {
        if let Some(head) = tunnel_response(proxy, stream.buffers().input()).map_err(into_ureq)? {
            stream.buffers().input_consume(head);
            if stream.buffers().input().is_empty() {
                return Ok(());
            }
            // A server behind the tunnel sends nothing before it has a request.
            return Err(into_ureq(proxy.failure("it sends more than its response")));
        }

        let progress = stream.await_input(remaining(details));
        if !progress.map_err(|error| on_the_way(Some(proxy), error))? {
            return Err(into_ureq(proxy.failure("it closed the connection without a response")));
        }
    }
}

/// An error on the way to a proxy does not concern the server behind it.
fn on_the_way(proxy: Option<&Proxy>, error: Error) -> Error {
    let Some(proxy) = proxy else { return error };
    let failure = transport_error(&error, false);

    // The time limit of the whole attempt, not that for connecting.
    let attempt_timed_out = matches!(error, Error::Timeout(ureq::Timeout::Global));
    if failure.kind() == TransportErrorKind::NoFileDescriptor || attempt_timed_out {
        return error;
    }
    into_ureq(proxy.failure(failure.detail()))
}
