use std::error::Error as StdError;

use segments_core::error::chain;
use segments_core::{TransportError, TransportErrorKind};
use segments_transport::TLS_HINT;

/// An error in the chain of sources.
type Link<'a> = &'a (dyn StdError + 'static);

/// The failure that an error of a service stands for. The first error of its chain with a known
/// kind decides.
pub(crate) fn transport_error(error: Link<'_>, under_tls: bool) -> TransportError {
    if let Some(known) = chain(error).find_map(|link| link.downcast_ref::<TransportError>()) {
        return known.clone();
    }
    #[cfg(feature = "client")]
    if let Some(tls) = chain(error).find_map(|link| link.downcast_ref()) {
        return segments_transport::tls_failure(tls);
    }

    let kind = chain(error).find_map(kind).unwrap_or_else(|| fallback_kind(error));
    let mut detail = text(chain(error).last().unwrap_or(error));
    if kind == TransportErrorKind::InvalidHttp && !under_tls {
        detail.push_str(TLS_HINT);
    }
    TransportError::new(kind, detail)
}

/// The text of the last error of the chain.
fn text(link: Link<'_>) -> String {
    #[cfg(feature = "client")]
    if link.is::<hyper_util::client::legacy::Error>() {
        // Its text is the name of a variant.
        return String::new();
    }
    TransportError::from_error_chain(link).detail().to_owned()
}

fn kind(link: Link<'_>) -> Option<TransportErrorKind> {
    if link.is::<tokio::time::error::Elapsed>() {
        return Some(TransportErrorKind::Timeout);
    }
    if link.is::<http_body_util::LengthLimitError>() {
        return Some(TransportErrorKind::BodyTooLarge);
    }
    if let Some(error) = link.downcast_ref::<hyper::Error>() {
        return hyper_kind(error);
    }
    link.downcast_ref().and_then(TransportErrorKind::from_io)
}

fn hyper_kind(error: &hyper::Error) -> Option<TransportErrorKind> {
    if error.is_timeout() {
        Some(TransportErrorKind::Timeout)
    } else if error.is_incomplete_message() || error.is_canceled() || error.is_closed() {
        Some(TransportErrorKind::Closed)
    } else if error.to_string().contains("message head is too large") {
        // hyper has a method for this only with its feature `server`.
        Some(TransportErrorKind::HeadTooLarge)
    } else if error.is_parse() {
        Some(TransportErrorKind::InvalidHttp)
    } else {
        None
    }
}

/// The kind of an error whose chain does not say.
#[cfg_attr(not(feature = "client"), expect(unused_variables))]
fn fallback_kind(error: Link<'_>) -> TransportErrorKind {
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
    use std::io;

    use super::*;

    #[test]
    fn a_service_that_knows_the_kind_is_believed() {
        let known = TransportError::new(TransportErrorKind::InvalidHttp, "a broken response");
        let wrapped = io::Error::other(known.clone());
        assert_eq!(transport_error(&wrapped, false), known);
    }

    #[tokio::test]
    async fn a_body_that_a_layer_found_too_long_is_not_asked_for_again() {
        use http_body_util::{BodyExt, Full, Limited};

        let long = Limited::new(Full::new(bytes::Bytes::from_static(b"too long")), 3);
        let error = long.collect().await.unwrap_err();
        assert_eq!(transport_error(&*error, true).kind(), TransportErrorKind::BodyTooLarge);
    }
}
