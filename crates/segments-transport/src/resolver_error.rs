use std::io;

use segments_core::{TransportError, TransportErrorKind};

use crate::host::unknown_host;

/// The failure of a host that the system could not resolve.
pub fn resolver_error(host: &str, error: &io::Error) -> TransportError {
    let failure = unknown_host(host, TransportError::from_error_chain(error).detail());
    match TransportErrorKind::from_io(error) {
        Some(kind @ TransportErrorKind::NoFileDescriptor) => {
            TransportError::new(kind, failure.detail())
        }
        _ => failure,
    }
}
