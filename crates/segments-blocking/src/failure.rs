use std::io;

use rustls::CertificateError;
use segments_core::{Failure, FailureKind};

/// Sorts an error of ureq, met under TLS or not, by what it says or wraps.
pub(crate) fn failure(error: &ureq::Error, under_tls: bool) -> Failure {
    if let Some(tls) = tls_error(error) {
        return Failure::new(FailureKind::Tls, reason(tls));
    }
    let kind = kind(error);
    let mut detail = match error {
        ureq::Error::Io(error) => error.to_string(),
        error => error.to_string(),
    };
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
        ureq::Error::InvalidProxyUrl | ureq::Error::ConnectProxyFailed(_) => FailureKind::Proxy,
        ureq::Error::ConnectionFailed => FailureKind::Connect,
        ureq::Error::LargeResponseHeader(..) => FailureKind::HeadTooLarge,
        // The only sign of more than 128 headers.
        ureq::Error::Protocol(error) if error.to_string().contains("too many headers") => {
            FailureKind::HeadTooLarge
        }
        ureq::Error::Protocol(_) => FailureKind::Malformed,
        ureq::Error::Io(error) => io_kind(error),
        _ => FailureKind::Other,
    }
}

fn io_kind(error: &io::Error) -> FailureKind {
    use io::ErrorKind as Io;
    match error.kind() {
        Io::ConnectionRefused
        | Io::HostUnreachable
        | Io::NetworkUnreachable
        | Io::NetworkDown
        | Io::AddrNotAvailable => FailureKind::Connect,
        Io::TimedOut | Io::WouldBlock => FailureKind::Timeout,
        Io::ConnectionReset
        | Io::ConnectionAborted
        | Io::BrokenPipe
        | Io::NotConnected
        | Io::UnexpectedEof => FailureKind::Closed,
        Io::InvalidData | Io::InvalidInput => FailureKind::Malformed,
        // std's words before those of the system's resolver, which has no kind of its own.
        _ if error.to_string().starts_with("failed to lookup address") => FailureKind::Dns,
        _ => FailureKind::Other,
    }
}

fn tls_error(error: &ureq::Error) -> Option<&rustls::Error> {
    match error {
        ureq::Error::Rustls(error) => Some(error),
        ureq::Error::Io(error) => {
            let inner = error.get_ref()?;
            inner.downcast_ref().or_else(|| inner.source()?.downcast_ref())
        }
        _ => None,
    }
}

/// What went wrong, with the place to look at first.
fn reason(error: &rustls::Error) -> String {
    use rustls::Error;
    let Error::InvalidCertificate(certificate) = error else {
        return match error {
            Error::InvalidMessage(_) => "the other side does not speak TLS on this port".to_owned(),
            Error::AlertReceived(alert) => format!("the server ended the handshake: {alert:?}"),
            _ => error.to_string(),
        };
    };
    match certificate {
        CertificateError::UnknownIssuer => {
            "the certificate is signed by no authority that is trusted here".to_owned()
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            format!("{certificate}; is this machine's clock right?")
        }
        _ => certificate.to_string(),
    }
}
