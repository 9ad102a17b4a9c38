use std::error::Error as StdError;
use std::io;
use std::iter::successors;

use segments_core::{TransportError, TransportErrorKind};
use segments_transport::{io_kind, io_words};

type Link<'a> = &'a (dyn StdError + 'static);

/// Sorts an error of a service, met under TLS or not, by the first cause that says what kind it is.
pub(crate) fn failure(error: Link<'_>, under_tls: bool) -> TransportError {
    if let Some(told) = links(error).find_map(|link| link.downcast_ref::<TransportError>()) {
        return told.clone();
    }
    #[cfg(feature = "client")]
    if let Some(tls) = links(error).find_map(|link| link.downcast_ref()) {
        return segments_transport::tls_failure(tls);
    }
    let kind = links(error).find_map(kind).unwrap_or_else(|| otherwise(error));
    let mut detail = words(links(error).last().unwrap_or(error));
    if kind == TransportErrorKind::InvalidHttp && !under_tls {
        detail.push_str("; if the port speaks TLS, the address must begin with https://");
    }
    TransportError::new(kind, detail)
}

/// Whether hyper gave the request back, of which no byte had been sent.
#[cfg(feature = "client")]
pub(crate) fn was_never_sent(error: Link<'_>) -> bool {
    links(error)
        .filter_map(|link| link.downcast_ref::<hyper::Error>())
        .any(hyper::Error::is_canceled)
}

fn links(error: Link<'_>) -> impl Iterator<Item = Link<'_>> {
    successors(Some(error), |link| cause(*link))
}

/// What lies beneath: `io::Error` skips the error that it wraps in its own `source`.
fn cause<'a>(link: Link<'a>) -> Option<Link<'a>> {
    let wrapped = link.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
    wrapped.map(|inner| inner as Link<'a>).or_else(|| link.source())
}

/// What the last cause says for itself.
fn words(link: Link<'_>) -> String {
    #[cfg(feature = "client")]
    if link.is::<hyper_util::client::legacy::Error>() {
        // It has nothing to say but the name of a variant.
        return String::new();
    }
    link.downcast_ref().map_or_else(|| link.to_string(), io_words)
}

fn kind(link: Link<'_>) -> Option<TransportErrorKind> {
    if link.is::<tokio::time::error::Elapsed>() {
        return Some(TransportErrorKind::Timeout);
    }
    if let Some(error) = link.downcast_ref::<hyper::Error>() {
        return hyper_kind(error);
    }
    link.downcast_ref().and_then(io_kind)
}

fn hyper_kind(error: &hyper::Error) -> Option<TransportErrorKind> {
    if error.is_timeout() {
        Some(TransportErrorKind::Timeout)
    } else if error.is_incomplete_message() || error.is_canceled() || error.is_closed() {
        Some(TransportErrorKind::Closed)
    } else if error.to_string().contains("message head is too large") {
        // hyper has a method for this, with its feature `server` alone.
        Some(TransportErrorKind::HeadTooLarge)
    } else if error.is_parse() {
        Some(TransportErrorKind::InvalidHttp)
    } else {
        None
    }
}

#[cfg_attr(not(feature = "client"), expect(unused_variables))]
fn otherwise(error: Link<'_>) -> TransportErrorKind {
    #[cfg(feature = "client")]
    {
        use hyper_util::client::legacy;
        if error.downcast_ref::<legacy::Error>().is_some_and(legacy::Error::is_connect) {
            return TransportErrorKind::Connect;
        }
    }
    TransportErrorKind::Other
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_that_knows_the_kind_is_believed() {
        let told = TransportError::new(TransportErrorKind::InvalidHttp, "a broken answer");
        let wrapped = io::Error::other(told.clone());
        assert_eq!(failure(&wrapped, false), told);
    }
}
