use std::io::{self, ErrorKind};

use segments_core::FailureKind;

/// What an error of the system means, if it says so.
pub fn io_kind(error: &io::Error) -> Option<FailureKind> {
    if error.raw_os_error().is_some_and(is_no_descriptor) {
        return Some(FailureKind::NoFileDescriptor);
    }
    match error.kind() {
        ErrorKind::ConnectionRefused
        | ErrorKind::HostUnreachable
        | ErrorKind::NetworkUnreachable
        | ErrorKind::NetworkDown
        | ErrorKind::AddrNotAvailable => Some(FailureKind::Connect),
        ErrorKind::TimedOut | ErrorKind::WouldBlock => Some(FailureKind::Timeout),
        ErrorKind::ConnectionReset
        | ErrorKind::ConnectionAborted
        | ErrorKind::BrokenPipe
        | ErrorKind::NotConnected
        | ErrorKind::UnexpectedEof => Some(FailureKind::Closed),
        ErrorKind::InvalidData | ErrorKind::InvalidInput => Some(FailureKind::Malformed),
        _ => None,
    }
}

/// The system's words, without its number.
pub fn io_words(error: &io::Error) -> String {
    let text = error.to_string();
    match text.find(" (os error") {
        Some(end) => text[..end].to_owned(),
        None => text,
    }
}

/// `EMFILE` (this process) and `ENFILE` (this machine), for which std has no kind.
#[cfg(unix)]
fn is_no_descriptor(code: i32) -> bool {
    const ENFILE: i32 = 23;
    const EMFILE: i32 = 24;
    code == EMFILE || code == ENFILE
}

/// `ERROR_TOO_MANY_OPEN_FILES` and `WSAEMFILE`.
#[cfg(windows)]
fn is_no_descriptor(code: i32) -> bool {
    code == 4 || code == 10_024
}

#[cfg(not(any(unix, windows)))]
fn is_no_descriptor(_: i32) -> bool {
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
            assert_eq!(io_kind(&error), Some(FailureKind::NoFileDescriptor), "{error}");
        }
        assert_eq!(io_words(&io::Error::from_raw_os_error(24)), "Too many open files");
        assert_eq!(io_words(&io::Error::other("as it is")), "as it is");
    }
}
