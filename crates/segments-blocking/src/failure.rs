use std::error::Error as StdError;
use std::io;

use segments_core::{TransportError, TransportErrorKind};
use segments_transport::{io_kind, io_words, proxy_refusal, tls_failure};

/// Sorts an error of ureq, met under TLS or not, by what it says or wraps.
pub(crate) fn failure(error: &ureq::Error, under_tls: bool) -> TransportError {
    if let Some(failure) = wrapped::<TransportError>(error) {
        return failure.clone();
    }
    if let Some(tls) = wrapped::<rustls::Error>(error) {
        return tls_failure(tls);
    }
    if let ureq::Error::ConnectProxyFailed(text) = error {
        return of_proxy(text);
    }
    let kind = kind(error);
    let mut detail = words(error);
    if kind == TransportErrorKind::InvalidHttp && !under_tls {
        detail.push_str("; if the port speaks TLS, the address must begin with https://");
    }
    TransportError::new(kind, detail)
}

/// A failure on its way through ureq; [`failure`] finds it again.
pub(crate) fn into_ureq(failure: TransportError) -> ureq::Error {
    ureq::Error::Other(Box::new(failure))
}

fn kind(error: &ureq::Error) -> TransportErrorKind {
    match error {
        ureq::Error::HostNotFound => TransportErrorKind::Dns,
        ureq::Error::Timeout(_) => TransportErrorKind::Timeout,
        ureq::Error::Tls(_) => TransportErrorKind::Tls,
        ureq::Error::InvalidProxyUrl => TransportErrorKind::Proxy,
        ureq::Error::ConnectionFailed => TransportErrorKind::Connect,
        ureq::Error::LargeResponseHeader(..) => TransportErrorKind::HeadTooLarge,
        // The only sign of more than 128 headers.
        ureq::Error::Protocol(error) if error.to_string().contains("too many headers") => {
            TransportErrorKind::HeadTooLarge
        }
        ureq::Error::Protocol(_) => TransportErrorKind::InvalidHttp,
        ureq::Error::Io(error) => match io_kind(error) {
            Some(kind) => kind,
            // std's words before those of the system's resolver, which has no kind of its own.
            None if error.to_string().starts_with("failed to lookup address") => {
                TransportErrorKind::Dns
            }
            None => TransportErrorKind::Other,
        },
        _ => TransportErrorKind::Other,
    }
}

fn words(error: &ureq::Error) -> String {
    match error {
        ureq::Error::Io(error) => io_words(error),
        ureq::Error::Timeout(ureq::Timeout::Connect) => "no connection in time".into(),
        ureq::Error::Timeout(_) => "the time ran out".into(),
        ureq::Error::Protocol(error) => error.to_string(),
        error => error.to_string(),
    }
}

/// ureq's own tunnels tell the status in their text, as in `proxy server responded 407/407`.
fn of_proxy(text: &str) -> TransportError {
    let mut numbers = text.split(|c: char| !c.is_ascii_digit());
    match numbers.find_map(|number| number.parse().ok()) {
        Some(status) => proxy_refusal("the proxy", status),
        None => TransportError::new(TransportErrorKind::Proxy, text),
    }
}

/// What ureq, or an `io::Error` in it, carries of this type.
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
