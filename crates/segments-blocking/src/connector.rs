use std::io;
use std::sync::Arc;

use http::Uri;
use segments_core::{TransportError, TransportErrorKind};
use segments_transport::{
    Proxy, io_kind, io_words, is_loopback, may_be, tunnel_answer, tunnel_request, unknown_name,
};
use ureq::Error;
use ureq::config::Config;
use ureq::unversioned::resolver::{self, DefaultResolver, ResolvedSocketAddrs};
use ureq::unversioned::transport::{
    self, ConnectionDetails, Either, NextTimeout, TcpConnector, Transport,
};

use crate::connect_timeout::remaining;
use crate::failure::{failure, into_ureq};
use crate::kept::Kept;
use crate::tls::{Secured, Tls};

/// Opens connections: directly or through a proxy's tunnel, in plain text or under TLS.
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

/// The proxy on the way to a target, if there is one.
fn on_the_way<'a>(proxy: Option<&'a Proxy>, target: &Uri) -> Option<&'a Proxy> {
    proxy.filter(|_| !target.host().is_some_and(is_loopback))
}

impl transport::Connector for Connector {
    type Out = Kept<Either<Box<dyn Transport>, Secured>>;

    fn connect(
        &self,
        details: &ConnectionDetails<'_>,
        chained: Option<()>,
    ) -> Result<Option<Self::Out>, Error> {
        let proxy = on_the_way(self.proxy.as_deref(), details.uri);
        let connected = match self.tcp.connect(details, chained) {
            Err(error) => Err(unreached(proxy, error)),
            connected => connected,
        };
        let Some(mut stream) = connected? else { return Ok(None) };
        if let Some(proxy) = proxy {
            tunnel(&mut stream, proxy, details)?;
        }
        let stream: Box<dyn Transport> = Box::new(stream);
        let stream = if details.needs_tls() {
            Either::B(self.tls.secure(stream, details)?)
        } else {
            Either::A(stream)
        };
        Ok(Some(Kept::new(stream, details.config)))
    }
}

/// Asks the proxy for a tunnel. ureq has this too, and tells the proxy's status in a text only.
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
        sent.map_err(|error| unreached(Some(proxy), error))?;
    }
    loop {
        if let Some(head) = tunnel_answer(proxy, stream.buffers().input()).map_err(into_ureq)? {
            stream.buffers().input_consume(head);
            if stream.buffers().input().is_empty() {
                return Ok(());
            }
            // Whoever is behind the tunnel speaks when spoken to.
            return Err(into_ureq(silent(proxy, "it sends more than its answer")));
        }
        let progress = stream.await_input(remaining(details));
        if !progress.map_err(|error| unreached(Some(proxy), error))? {
            return Err(into_ureq(silent(proxy, "it closed the connection without an answer")));
        }
    }
}

/// Whatever keeps this machine from a word with the proxy, it is not the server behind it.
fn unreached(proxy: Option<&Proxy>, error: Error) -> Error {
    let Some(proxy) = proxy else { return error };
    let failure = failure(&error, false);
    if failure.kind() == TransportErrorKind::NoFileDescriptor || is_whole_try(&error) {
        return error;
    }
    into_ureq(silent(proxy, failure.detail()))
}

/// The time of the whole try ran out, and not that for connecting.
fn is_whole_try(error: &Error) -> bool {
    matches!(error, Error::Timeout(ureq::Timeout::Global))
}

fn silent(proxy: &Proxy, why: &str) -> TransportError {
    TransportError::new(TransportErrorKind::Proxy, format!("{}: {why}", proxy.place()))
}

/// Asks the system: for the proxy where there is one, which finds the target itself. `localhost` is
/// this machine, whatever the system says.
#[derive(Debug)]
pub(crate) struct Resolver {
    system: DefaultResolver,
    proxy: Option<Proxy>,
}

impl Resolver {
    pub(crate) fn new(proxy: Option<Proxy>) -> Self {
        Self { system: DefaultResolver::default(), proxy }
    }
}

impl resolver::Resolver for Resolver {
    fn resolve(
        &self,
        target: &Uri,
        config: &Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, Error> {
        let proxy = on_the_way(self.proxy.as_ref(), target);
        let wanted = proxy.map_or(target, Proxy::uri);
        let name = wanted.host().unwrap_or_default();
        let found = self.system.resolve(wanted, config, timeout);
        let found = found.map_err(|error| unreached(proxy, not_found(name, error)))?;
        let mut addresses = self.empty();
        for address in found.iter().filter(|address| may_be(name, address.ip())) {
            addresses.push(*address);
        }
        if addresses.is_empty() {
            let why = unknown_name(name, "no address of this machine");
            return Err(into_ureq(TransportError::new(TransportErrorKind::Dns, why)));
        }
        Ok(addresses)
    }
}

/// ureq does not say which name it looked for.
fn not_found(name: &str, error: Error) -> Error {
    let because = |kind, why: &str| into_ureq(TransportError::new(kind, unknown_name(name, why)));
    match error {
        Error::HostNotFound => because(TransportErrorKind::Dns, "it has none"),
        Error::Io(error) => because(name_kind(&error), &io_words(&error)),
        error => error,
    }
}

fn name_kind(error: &io::Error) -> TransportErrorKind {
    match io_kind(error) {
        Some(TransportErrorKind::NoFileDescriptor) => TransportErrorKind::NoFileDescriptor,
        _ => TransportErrorKind::Dns,
    }
}
