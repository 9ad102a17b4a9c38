use std::io::Read;
use std::net::ToSocketAddrs;
use std::time::Duration;

use http::{Request, Response};
use segments_core::{Endpoint, Fetch, TransportError, TransportErrorKind};
use segments_transport::{
    body_declared_too_large, body_too_large, not_connected, resolver_error, timed_out, unknown_host,
};
use ureq::{Agent, Body, Timeout};

use crate::transport_error::transport_error;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// One attempt: a whole response with its body, or why there is none.
///
/// For a driver of your own around a [`segments_core::Export`], whose endpoint this is. Most programs
/// take [`Reader`](crate::Reader) instead.
///
/// # Errors
/// The failure to hand to [`segments_core::Export::handle_failure`].
pub fn send(
    agent: &Agent,
    endpoint: &Endpoint,
    fetch: &Fetch,
) -> Result<Response<Vec<u8>>, TransportError> {
    if endpoint.host() == "localhost" {
        check_localhost(endpoint.port())?;
    }

    let request = limited(agent, endpoint, fetch);
    let proxy = agent.config().proxy().filter(|_| !endpoint.is_loopback());
    let proxied = proxy.is_some_and(|proxy| !proxy.is_no_proxy(request.uri()));

    let (connecting, whole) = (connect_timeout(agent), fetch.timeout());
    let failed = |error| match error {
        ureq::Error::Timeout(Timeout::Connect) if connecting < whole => not_connected(connecting),
        // ureq names what it was doing, and not which limit ended it.
        ureq::Error::Timeout(Timeout::Global | Timeout::Connect) => timed_out(whole),
        error => transport_error(&error, endpoint.is_https()),
    };
    let (head, body) = match agent.run(request) {
        Ok(response) => response.into_parts(),
        Err(error) if proxied => return Err(proxy_failure(failed(error))),
        Err(error) => return Err(with_host(failed(error), endpoint)),
    };

    Ok(Response::from_parts(head, read(body, fetch.max_body(), failed)?))
}

/// The request with its limits. They are not set in the agent, because it may be the caller's.
fn limited(agent: &Agent, endpoint: &Endpoint, fetch: &Fetch) -> Request<()> {
    let theirs = agent.config();
    let settings = agent
        .configure_request(fetch.request())
        .http_status_as_error(false)
        .max_redirects(0)
        .https_only(theirs.https_only() || endpoint.is_https())
        .accept_encoding("")
        .max_response_header_size(fetch.max_head())
        .timeout_connect(Some(connect_timeout(agent)))
        .timeout_global(Some(fetch.timeout()));
    if endpoint.is_loopback() { settings.proxy(None).build() } else { settings.build() }
}

fn connect_timeout(agent: &Agent) -> Duration {
    agent.config().timeouts().connect.unwrap_or(CONNECT_TIMEOUT)
}

fn read(
    mut body: Body,
    limit: usize,
    failed: impl Fn(ureq::Error) -> TransportError,
) -> Result<Vec<u8>, TransportError> {
    let declared = body.content_length().unwrap_or_default();
    if declared > limit as u64 {
        return Err(body_declared_too_large(declared, limit));
    }

    let mut bytes = Vec::with_capacity(usize::try_from(declared).unwrap_or_default().min(1 << 16));
    let read = body.with_config().limit(limit as u64).reader().read_to_end(&mut bytes);
    match read.map_err(ureq::Error::from) {
        Err(ureq::Error::BodyExceedsLimit(_)) => Err(body_too_large(limit)),
        read => read.map(|_| bytes).map_err(failed),
    }
}

/// With a proxy, the only connection that ureq opens is the one to the proxy.
fn proxy_failure(failure: TransportError) -> TransportError {
    match failure.kind() {
        TransportErrorKind::Dns | TransportErrorKind::Connect => {
            TransportError::new(TransportErrorKind::Proxy, failure.detail())
        }
        _ => failure,
    }
}

/// Adds the host, which ureq does not name. The resolver of our own agents does.
fn with_host(failure: TransportError, endpoint: &Endpoint) -> TransportError {
    if failure.kind() != TransportErrorKind::Dns || failure.detail().contains(endpoint.host()) {
        return failure;
    }
    unknown_host(endpoint.host(), failure.detail())
}

/// `localhost` must be this machine, whatever the resolver says: the key may travel in plain text.
fn check_localhost(port: u16) -> Result<(), TransportError> {
    const HOST: &str = "localhost";
    let found = (HOST, port).to_socket_addrs();
    let mut addresses = found.map_err(|error| resolver_error(HOST, &error))?;
    let is_local = addresses.all(|address| address.ip().is_loopback());
    is_local.then_some(()).ok_or_else(|| unknown_host(HOST, "not an address of this machine"))
}
