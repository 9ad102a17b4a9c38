use std::error::Error as StdError;
use std::io;

use segments_core::{Failure, FailureKind};
use segments_transport::{io_kind, io_words, proxy_refusal, tls_failure};

/// Sorts an error of ureq, met under TLS or not, by what it says or wraps.
pub(crate) fn failure(error: &ureq::Error, under_tls: bool) -> Failure {
    if let Some(told) = wrapped::<Failure>(error) {
        return told.clone();
    }
    if let Some(tls) = wrapped::<rustls::Error>(error) {
        return tls_failure(tls);
    }
    if let ureq::Error::ConnectProxyFailed(text) = error {
        return of_proxy(text);
    }
    let kind = kind(error);
    let mut detail = words(error);
    if kind == FailureKind::Malformed && !under_tls {
        detail.push_str("; if the port speaks TLS, the address must begin with https://");
    }
    Failure::new(kind, detail)
}

fn kind(error: &ureq::Error) -> FailureKind {
    match error {
        ureq::Error::HostNotFound => FailureKind::Dns,
        ureq::Error::Timeout(_) => FailureKind::Timeout,
        ureq::Error::Tls(_) => FailureKind::Tls,
        ureq::Error::InvalidProxyUrl => FailureKind::Proxy,
        ureq::Error::ConnectionFailed => FailureKind::Connect,
        ureq::Error::LargeResponseHeader(..) => FailureKind::HeadTooLarge,
        // The only sign of more than 128 headers.
        ureq::Error::Protocol(error) if error.to_string().contains("too many headers") => {
            FailureKind::HeadTooLarge
        }
        ureq::Error::Protocol(_) => FailureKind::Malformed,
        ureq::Error::Io(error) => match io_kind(error) {
            Some(kind) => kind,
            // std's words before those of the system's resolver, which has no kind of its own.
            None if error.to_string().starts_with("failed to lookup address") => FailureKind::Dns,
            None => FailureKind::Other,
        },
        _ => FailureKind::Other,
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
fn of_proxy(text: &str) -> Failure {
    let mut numbers = text.split(|c: char| !c.is_ascii_digit());
    match numbers.find_map(|number| number.parse().ok()) {
        Some(status) => proxy_refusal("the proxy", status),
        None => Failure::new(FailureKind::Proxy, text),
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
