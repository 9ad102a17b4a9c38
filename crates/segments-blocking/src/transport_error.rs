use std::error::Error as StdError;
use std::io;

use segments_core::{TransportError, TransportErrorKind};
use segments_transport::{TLS_HINT, proxy_refusal, tls_failure};

/// The failure that an error of ureq stands for.
pub(crate) fn transport_error(error: &ureq::Error, under_tls: bool) -> TransportError {
    if let Some(known) = wrapped::<TransportError>(error) {
        return known.clone();
    }
    if let Some(tls) = wrapped::<rustls::Error>(error) {
        return tls_failure(tls);
    }
    if let ureq::Error::ConnectProxyFailed(text) = error {
        return tunnel_failure(text);
    }

    let kind = kind(error);
    let mut detail = text(error);
    if kind == TransportErrorKind::InvalidHttp && !under_tls {
        detail.push_str(TLS_HINT);
    }
    TransportError::new(kind, detail)
}

fn kind(error: &ureq::Error) -> TransportErrorKind {
    match error {
        ureq::Error::HostNotFound => TransportErrorKind::Dns,
        ureq::Error::ConnectionFailed => TransportErrorKind::Connect,
        ureq::Error::Timeout(_) => TransportErrorKind::Timeout,
        ureq::Error::Tls(_) => TransportErrorKind::Tls,
        ureq::Error::InvalidProxyUrl => TransportErrorKind::Proxy,
        ureq::Error::LargeResponseHeader(..) => TransportErrorKind::HeadTooLarge,
        // ureq has no kind for more than 128 headers. Our own agents refuse them before.
        ureq::Error::Protocol(error) if error.to_string().contains("too many headers") => {
            TransportErrorKind::HeadTooLarge
        }
        ureq::Error::Protocol(_) => TransportErrorKind::InvalidHttp,
        ureq::Error::Io(error) => {
            TransportErrorKind::from_io(error).unwrap_or(TransportErrorKind::Other)
        }
        _ => TransportErrorKind::Other,
    }
}

fn text(error: &ureq::Error) -> String {
    match error {
        ureq::Error::Io(error) => TransportError::from_error_chain(error).detail().to_owned(),
        ureq::Error::Timeout(_) => "the time ran out".into(),
        error => error.to_string(),
    }
}

/// An agent without our connector tells the status of a proxy only in its text, such as
/// `proxy server responded 407/407`.
fn tunnel_failure(text: &str) -> TransportError {
    let mut numbers = text.split(|c: char| !c.is_ascii_digit());
    match numbers.find_map(|number| number.parse().ok()) {
        Some(status) => proxy_refusal("the proxy", status),
        None => TransportError::new(TransportErrorKind::Proxy, text),
    }
}

/// Wraps a failure, so that it passes through ureq and [`transport_error`] finds it.
pub(crate) fn into_ureq(failure: TransportError) -> ureq::Error {
    ureq::Error::Other(Box::new(failure))
}

/// The error of this type that ureq, or an `io::Error` in it, wraps.
fn wrapped<T: StdError + 'static>(error: &ureq::Error) -> Option<&T> {
    match error {
        ureq::Error::Other(inner) => inner.downcast_ref(),
        ureq::Error::Io(error) => in_io(error),
        _ => None,
    }
}

fn in_io<T: StdError + 'static>(error: &io::Error) -> Option<&T> {
    let inner = error.get_ref()?;
    if let Some(error) = inner.downcast_ref::<ureq::Error>() {
        return wrapped(error);
    }
    inner.downcast_ref().or_else(|| inner.source()?.downcast_ref())
}
