use std::error::Error as StdError;
use std::io;
use std::iter::successors;

use segments_core::{Failure, FailureKind};

type Link<'a> = &'a (dyn StdError + 'static);

/// Sorts an error of a service, met under TLS or not, by the first cause that says what kind it is.
pub(crate) fn failure(error: Link<'_>, under_tls: bool) -> Failure {
    let links = || successors(Some(error), |link| cause(*link));
    if let Some(told) = links().find_map(|link| link.downcast_ref::<Failure>()) {
        return told.clone();
    }
    #[cfg(feature = "client")]
    if let Some(tls) = links().find_map(|link| link.downcast_ref::<rustls::Error>()) {
        return Failure::new(FailureKind::Tls, crate::tls::reason(tls));
    }
    let kind = links().find_map(kind).unwrap_or_else(|| otherwise(error));
    let mut detail = links().last().unwrap_or(error).to_string();
    if kind == FailureKind::Malformed && !under_tls {
        detail.push_str("; if the port speaks TLS, the address must begin with https://");
    }
    Failure::new(kind, detail)
}

/// What lies beneath: `io::Error` skips the error that it wraps in its own `source`.
fn cause<'a>(link: Link<'a>) -> Option<Link<'a>> {
    let wrapped = link.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
    wrapped.map(|inner| inner as Link<'a>).or_else(|| link.source())
}

fn kind(link: Link<'_>) -> Option<FailureKind> {
    #[cfg(feature = "client")]
    if let Some(kind) = crate::connector::kind(link) {
        return Some(kind);
    }
    if link.is::<tokio::time::error::Elapsed>() {
        return Some(FailureKind::Timeout);
    }
    if let Some(error) = link.downcast_ref::<hyper::Error>() {
        return hyper_kind(error);
    }
    link.downcast_ref::<io::Error>().and_then(|error| io_kind(error.kind()))
}

fn hyper_kind(error: &hyper::Error) -> Option<FailureKind> {
    if error.is_timeout() {
        Some(FailureKind::Timeout)
    } else if error.is_incomplete_message() || error.is_canceled() || error.is_closed() {
        Some(FailureKind::Closed)
    } else if error.to_string().contains("message head is too large") {
        // hyper has a method for this, with its feature `server` alone.
        Some(FailureKind::HeadTooLarge)
    } else if error.is_parse() {
        Some(FailureKind::Malformed)
    } else {
        None
    }
}

fn io_kind(kind: io::ErrorKind) -> Option<FailureKind> {
    use io::ErrorKind as Io;
    match kind {
        Io::ConnectionRefused
        | Io::HostUnreachable
        | Io::NetworkUnreachable
        | Io::NetworkDown
        | Io::AddrNotAvailable => Some(FailureKind::Connect),
        Io::TimedOut => Some(FailureKind::Timeout),
        Io::ConnectionReset
        | Io::ConnectionAborted
        | Io::BrokenPipe
        | Io::NotConnected
        | Io::UnexpectedEof => Some(FailureKind::Closed),
        Io::InvalidData | Io::InvalidInput => Some(FailureKind::Malformed),
        _ => None,
    }
}

#[cfg_attr(not(feature = "client"), expect(unused_variables))]
fn otherwise(error: Link<'_>) -> FailureKind {
    #[cfg(feature = "client")]
    {
        use hyper_util::client::legacy;
        if error.downcast_ref::<legacy::Error>().is_some_and(legacy::Error::is_connect) {
            return FailureKind::Connect;
        }
    }
    FailureKind::Other
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_that_knows_the_kind_is_believed() {
        let told = Failure::new(FailureKind::Malformed, "a broken answer");
        let wrapped = io::Error::other(told.clone());
        assert_eq!(failure(&wrapped, false), told);
    }
}
