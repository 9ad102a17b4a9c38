use std::io::{self, ErrorKind};
use std::time::Duration;

use segments_core::{TransportError, TransportErrorKind};

/// What an error of the system means, if it says so.
pub fn io_kind(error: &io::Error) -> Option<TransportErrorKind> {
    if error.raw_os_error().is_some_and(is_no_descriptor) {
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

/// The system's words, without its number.
pub fn io_words(error: &io::Error) -> String {
    let text = error.to_string();
    match text.find(" (os error") {
        Some(end) => text[..end].to_owned(),
        None => text,
    }
}

/// A try that took all of its time.
pub fn timed_out(limit: Duration) -> TransportError {
    let seconds = limit.as_secs_f64();
    let detail = if limit.subsec_nanos() == 0 {
        format!("no whole answer within {seconds:.0} s")
    } else {
        format!("no whole answer within {seconds:.1} s")
    };
    TransportError::new(TransportErrorKind::Timeout, detail)
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

    #[test]
    fn a_time_limit_is_said_in_seconds() {
        let said = |millis| timed_out(Duration::from_millis(millis)).detail().to_owned();
        assert_eq!(said(30_000), "no whole answer within 30 s");
        assert_eq!(said(29_987), "no whole answer within 30.0 s");
        assert_eq!(said(300), "no whole answer within 0.3 s");
    }

    #[cfg(unix)]
    #[test]
    fn a_lack_of_descriptors_is_not_the_networks_fault() {
        for code in [23, 24] {
            let error = io::Error::from_raw_os_error(code);
            assert_eq!(io_kind(&error), Some(TransportErrorKind::NoFileDescriptor), "{error}");
        }
        assert_eq!(io_words(&io::Error::from_raw_os_error(24)), "Too many open files");
        assert_eq!(io_words(&io::Error::other("as it is")), "as it is");
    }
}
