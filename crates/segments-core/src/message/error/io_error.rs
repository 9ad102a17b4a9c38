//! Which failure an error of `std::io`, or a chain of errors, stands for.

use std::error::Error as StdError;
use std::io::{self, ErrorKind};
use std::iter::successors;

use crate::message::error::{TransportError, TransportErrorKind};

/// Every error of a chain, the outermost first: what `source` gives, and what an [`io::Error`] wraps,
/// which its `source` skips.
///
/// ```
/// use std::io;
/// use segments_core::error::chain;
///
/// let wrapped = io::Error::other(io::Error::from(io::ErrorKind::TimedOut));
/// assert_eq!(chain(&wrapped).count(), 2);
/// ```
pub fn chain<'a>(
    error: &'a (dyn StdError + 'static),
) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    successors(Some(error), |link| cause(*link))
}

fn cause<'a>(link: &'a (dyn StdError + 'static)) -> Option<&'a (dyn StdError + 'static)> {
    match link.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
        Some(wrapped) => Some(wrapped),
        None => link.source(),
    }
}

impl TransportError {
    /// The failure that an error of an HTTP client stands for.
    ///
    /// A `TransportError` in its [`chain`] is taken as it is. Otherwise the kind is that of the first
    /// [`io::Error`] that has one ([`TransportErrorKind::from_io`]), or
    /// [`Other`](TransportErrorKind::Other), and the detail is the text of the innermost error.
    /// `segments-hyper` knows the errors of hyper, rustls and tokio too.
    ///
    /// ```
    /// use std::io;
    /// use segments_core::{TransportError, TransportErrorKind};
    ///
    /// let error = io::Error::other(io::Error::from(io::ErrorKind::ConnectionReset));
    /// let failure = TransportError::from_error_chain(&error);
    /// assert_eq!(failure.kind(), TransportErrorKind::Closed);
    /// assert_eq!(failure.detail(), "connection reset");
    /// ```
    pub fn from_error_chain(error: &(dyn StdError + 'static)) -> Self {
        if let Some(known) = chain(error).find_map(|link| link.downcast_ref::<Self>()) {
            return known.clone();
        }

        let mut io_errors = chain(error).filter_map(|link| link.downcast_ref());
        let kind = io_errors.find_map(TransportErrorKind::from_io);
        let innermost = chain(error).last().unwrap_or(error);
        let detail = innermost.downcast_ref().map_or_else(|| innermost.to_string(), text);
        Self::new(kind.unwrap_or(TransportErrorKind::Other), detail)
    }
}

/// See [`TransportError::from_error_chain`].
impl From<io::Error> for TransportError {
    fn from(error: io::Error) -> Self {
        Self::from_error_chain(&error)
    }
}

impl TransportErrorKind {
    /// The kind of failure that an error of the system stands for, if it says so.
    ///
    /// A read that would block is a [`Timeout`](Self::Timeout): that is how a socket with a time limit
    /// reports its end on Unix.
    pub fn from_io(error: &io::Error) -> Option<Self> {
        if error.raw_os_error().is_some_and(is_no_descriptor) {
            return Some(Self::NoFileDescriptor);
        }
        match error.kind() {
            ErrorKind::ConnectionRefused
            | ErrorKind::HostUnreachable
            | ErrorKind::NetworkUnreachable
            | ErrorKind::NetworkDown
            | ErrorKind::AddrNotAvailable => Some(Self::Connect),
            ErrorKind::TimedOut | ErrorKind::WouldBlock => Some(Self::Timeout),
            ErrorKind::ConnectionReset
            | ErrorKind::ConnectionAborted
            | ErrorKind::BrokenPipe
            | ErrorKind::NotConnected
            | ErrorKind::UnexpectedEof => Some(Self::Closed),
            ErrorKind::InvalidData | ErrorKind::InvalidInput => Some(Self::InvalidHttp),
            // std has no kind for a failure of the resolver, only this text.
            _ if error.to_string().starts_with("failed to lookup address") => Some(Self::Dns),
            _ => None,
        }
    }
}

/// The text of the system, without its error number.
fn text(error: &io::Error) -> String {
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
            assert_eq!(
                TransportErrorKind::from_io(&error),
                Some(TransportErrorKind::NoFileDescriptor),
                "{error}"
            );
        }
        assert_eq!(text(&io::Error::from_raw_os_error(24)), "Too many open files");
        assert_eq!(text(&io::Error::other("as it is")), "as it is");
    }

    #[test]
    fn the_kinds_of_std_are_sorted() {
        use TransportErrorKind as Kind;

        for (error, kind) in [
            (ErrorKind::ConnectionRefused, Kind::Connect),
            (ErrorKind::NetworkUnreachable, Kind::Connect),
            (ErrorKind::TimedOut, Kind::Timeout),
            (ErrorKind::WouldBlock, Kind::Timeout),
            (ErrorKind::ConnectionReset, Kind::Closed),
            (ErrorKind::UnexpectedEof, Kind::Closed),
            (ErrorKind::BrokenPipe, Kind::Closed),
            (ErrorKind::InvalidData, Kind::InvalidHttp),
            (ErrorKind::OutOfMemory, Kind::Other),
        ] {
            assert_eq!(TransportError::from(io::Error::from(error)).kind(), kind, "{error}");
            let wrapped = io::Error::other(io::Error::from(error));
            assert_eq!(TransportError::from(wrapped).kind(), kind, "wrapped {error}");
        }

        let failed = "failed to lookup address information: Name or service not known";
        let failure = TransportError::from(io::Error::other(failed));
        assert_eq!((failure.kind(), failure.detail()), (Kind::Dns, failed));
    }

    #[test]
    fn a_failure_in_a_chain_is_believed() {
        let known = TransportError::new(TransportErrorKind::ProxyRefused, "status 407");
        let error = io::Error::new(ErrorKind::TimedOut, io::Error::other(known.clone()));
        assert_eq!(TransportError::from(error), known);
    }
}
