use std::io::{self, ErrorKind};

use segments_core::{TransportError, TransportErrorKind};

use crate::host::unknown_host;

/// The kind of failure that an error of the system stands for, if it says so.
pub fn io_kind(error: &io::Error) -> Option<TransportErrorKind> {
    if is_no_descriptor(error) {
        return Some(TransportErrorKind::NoFileDescriptor);
    }
    match error.kind() {
        ErrorKind::ConnectionRefused
        | ErrorKind::HostUnreachable
        | ErrorKind::NetworkUnreachable
        | ErrorKind::NetworkDown
        | ErrorKind::AddrNotAvailable => Some(TransportErrorKind::Connect),
        ErrorKind::TimedOut | ErrorKind::WouldBlock => Some(TransportErrorKind::Timeout),
        ErrorKind::ConnectionReset
        | ErrorKind::ConnectionAborted
        | ErrorKind::BrokenPipe
        | ErrorKind::NotConnected
        | ErrorKind::UnexpectedEof => Some(TransportErrorKind::Closed),
        ErrorKind::InvalidData | ErrorKind::InvalidInput => Some(TransportErrorKind::InvalidHttp),
        _ => None,
    }
}

/// The text of the system, without its error number.
pub fn io_text(error: &io::Error) -> String {
    let text = error.to_string();
    match text.find(" (os error") {
        Some(end) => text[..end].to_owned(),
        None => text,
    }
}

/// The failure of a host that the system could not resolve.
pub fn resolver_error(host: &str, error: &io::Error) -> TransportError {
    let failure = unknown_host(host, &io_text(error));
    if is_no_descriptor(error) {
        return TransportError::new(TransportErrorKind::NoFileDescriptor, failure.detail());
    }
    failure
}

fn is_no_descriptor(error: &io::Error) -> bool {
    error.raw_os_error().is_some_and(is_no_descriptor_code)
}

/// `EMFILE` (this process) and `ENFILE` (this machine), for which std has no kind.
#[cfg(unix)]
fn is_no_descriptor_code(code: i32) -> bool {
    const ENFILE: i32 = 23;
    const EMFILE: i32 = 24;
    code == EMFILE || code == ENFILE
}

/// `ERROR_TOO_MANY_OPEN_FILES` and `WSAEMFILE`.
#[cfg(windows)]
fn is_no_descriptor_code(code: i32) -> bool {
    code == 4 || code == 10_024
}

#[cfg(not(any(unix, windows)))]
fn is_no_descriptor_code(_: i32) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn a_lack_of_descriptors_is_not_the_networks_fault() {
        for code in [23, 24] {
            let error = io::Error::from_raw_os_error(code);
            assert_eq!(io_kind(&error), Some(TransportErrorKind::NoFileDescriptor), "{error}");
        }
        assert_eq!(io_text(&io::Error::from_raw_os_error(24)), "Too many open files");
        assert_eq!(io_text(&io::Error::other("as it is")), "as it is");
    }
}
