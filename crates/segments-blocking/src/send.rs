use std::io::Read;
use std::net::ToSocketAddrs;
use std::time::Duration;

use http::{Request, Response};
use segments_core::{Endpoint, Fetch, TransportError, TransportErrorKind};
use segments_transport::{io_words, timed_out, unknown_name};
use ureq::{Agent, Body, Timeout};

use crate::failure::failure;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// One try: a whole response with its body, or why there is none.
///
/// For a loop of one's own around a [`segments_core::Export`], whose endpoint this is;
/// [`Reader`](crate::Reader) is the usual one.
///
/// # Errors
/// What [`segments_core::Export::handle_failure`] takes.
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
    let failed = |error| match error {
        ureq::Error::Timeout(Timeout::Global) => timed_out(fetch.timeout()),
        error => failure(&error, endpoint.is_https()),
    };
    let (head, body) = match agent.run(request) {
        Ok(response) => response.into_parts(),
        Err(error) if proxied => return Err(of_proxy(failed(error))),
        Err(error) => return Err(named(failed(error), endpoint)),
    };
    Ok(Response::from_parts(head, read(body, fetch.max_body(), failed)?))
}

/// Sets here, and not in the agent, what must hold for an agent of the caller's too.
fn limited(agent: &Agent, endpoint: &Endpoint, fetch: &Fetch) -> Request<()> {
    let theirs = agent.config();
    let connect_timeout = theirs.timeouts().connect.unwrap_or(CONNECT_TIMEOUT);
    let settings = agent
        .configure_request(fetch.request())
        .http_status_as_error(false)
        .max_redirects(0)
        .https_only(theirs.https_only() || endpoint.is_https())
        .accept_encoding("")
        .max_response_header_size(fetch.max_head())
        .timeout_connect(Some(connect_timeout))
        .timeout_global(Some(fetch.timeout()));
    if endpoint.is_loopback() { settings.proxy(None).build() } else { settings.build() }
}

fn read(
    mut body: Body,
    limit: usize,
    failed: impl Fn(ureq::Error) -> TransportError,
) -> Result<Vec<u8>, TransportError> {
    let declared = body.content_length().unwrap_or_default();
    if declared > limit as u64 {
        return Err(TransportError::new(
            TransportErrorKind::BodyTooLarge,
            format!("the server declares a body of {declared} bytes, and {limit} are allowed"),
        ));
    }
    let mut bytes = Vec::with_capacity(usize::try_from(declared).unwrap_or_default().min(1 << 16));
    let read = body.with_config().limit(limit as u64).reader().read_to_end(&mut bytes);
    match read.map_err(ureq::Error::from) {
        Err(ureq::Error::BodyExceedsLimit(_)) => Err(TransportError::new(
            TransportErrorKind::BodyTooLarge,
            format!("the server goes on sending, and {limit} are allowed"),
        )),
        read => read.map(|_| bytes).map_err(failed),
    }
}

/// The only connection that ureq opens itself is then the one to the proxy.
fn of_proxy(failure: TransportError) -> TransportError {
    match failure.kind() {
        TransportErrorKind::Dns | TransportErrorKind::Connect => {
            TransportError::new(TransportErrorKind::Proxy, failure.detail())
        }
        _ => failure,
    }
}

/// ureq does not say which name it looked for; the resolver of our own agents does.
fn named(failure: TransportError, endpoint: &Endpoint) -> TransportError {
    if failure.kind() != TransportErrorKind::Dns || failure.detail().contains(endpoint.host()) {
        return failure;
    }
    TransportError::new(TransportErrorKind::Dns, unknown_name(endpoint.host(), failure.detail()))
}

/// `localhost` is this machine, whatever the system says: the key may travel in plain text.
fn check_localhost(port: u16) -> Result<(), TransportError> {
    let failed =
        |why: &str| TransportError::new(TransportErrorKind::Dns, unknown_name("localhost", why));
    let found = ("localhost", port).to_socket_addrs();
    let mut addresses = found.map_err(|error| failed(&io_words(&error)))?;
    let local = addresses.all(|address| address.ip().is_loopback());
    local.then_some(()).ok_or_else(|| failed("not an address of this machine"))
}
