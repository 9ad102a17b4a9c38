//! Errors of TLS in plain words: rustls shows the names of its variants.

use std::fmt::Write;

use rustls::{AlertDescription, CertificateError, Error};
use segments_core::response::Timestamp;
use segments_core::{TransportError, TransportErrorKind};

/// The failure of a request for an error of rustls.
pub fn tls_failure(error: &Error) -> TransportError {
    let kind = match error {
        Error::AlertReceived(AlertDescription::NoApplicationProtocol)
        | Error::NoApplicationProtocol => TransportErrorKind::Http2Only,
        _ => TransportErrorKind::Tls,
    };
    TransportError::new(kind, describe(error))
}

pub(crate) fn describe(error: &Error) -> String {
    match error {
        Error::InvalidCertificate(certificate) => of_certificate(certificate),
        Error::AlertReceived(alert) => of_alert(*alert),
        Error::InvalidMessage(_) => "the other side does not speak TLS on this port".into(),
        Error::PeerIncompatible(_) => {
            "the server and this client have no version or cipher of TLS in common".into()
        }
        Error::InappropriateMessage { .. }
        | Error::InappropriateHandshakeMessage { .. }
        | Error::PeerMisbehaved(_) => "the server does not keep to the rules of TLS".into(),
        Error::NoCertificatesPresented => "the server sent no certificate".into(),
        Error::NoApplicationProtocol => "the server does not speak HTTP/1.1 over TLS".into(),
        Error::DecryptError | Error::PeerSentOversizedRecord => {
            "what the server sent cannot be decrypted".into()
        }
        Error::FailedToGetCurrentTime => "this machine's clock cannot be read".into(),
        Error::FailedToGetRandomBytes => "this machine gives no random numbers".into(),
        Error::General(text) => text.clone(),
        Error::Other(other) => of_platform(&other.0.to_string()),
        _ => "the handshake failed".into(),
    }
}

fn of_certificate(error: &CertificateError) -> String {
    use CertificateError as E;
    match error {
        E::UnknownIssuer => "the certificate is signed by no authority that is trusted here".into(),
        E::NotValidForNameContext { expected, presented } => {
            let mut text = format!("the certificate is not valid for {}", expected.to_str());
            match presented.iter().map(|name| bare(name)).collect::<Vec<_>>() {
                names if names.is_empty() => text.push_str(", and names no host"),
                names => {
                    // Writing to a string cannot fail.
                    let _ = write!(text, ", but for {}", names.join(", "));
                }
            }
            text
        }
        E::NotValidForName => "the certificate is not valid for this host".into(),
        E::ExpiredContext { not_after, .. } => {
            format!("the certificate expired at {}", Timestamp::from_unix(not_after.as_secs()))
        }
        E::Expired => "the certificate expired".into(),
        E::NotValidYetContext { not_before, .. } => format!(
            "the certificate is not valid before {}; is this machine's clock right?",
            Timestamp::from_unix(not_before.as_secs())
        ),
        E::NotValidYet => "the certificate is not valid yet; is this machine's clock right?".into(),
        E::BadEncoding => "the certificate cannot be read".into(),
        E::UnhandledCriticalExtension => {
            "the certificate holds a condition that is not known here".into()
        }
        E::Revoked => "the certificate was revoked".into(),
        E::UnknownRevocationStatus
        | E::ExpiredRevocationList
        | E::ExpiredRevocationListContext { .. }
        | E::InvalidOcspResponse => "whether the certificate was revoked cannot be told".into(),
        E::BadSignature => "the certificate's signature is wrong".into(),
        E::InvalidPurpose | E::InvalidPurposeContext { .. } => {
            "the certificate is not one for servers".into()
        }
        E::ApplicationVerificationFailure => "the platform refused the certificate".into(),
        E::Other(other) => of_platform(&other.0.to_string()),
        _ => "the certificate is signed in a way that is not supported here".into(),
    }
}

/// The verifier of a platform gives a sentence, webpki the name of a variant.
fn of_platform(text: &str) -> String {
    match text {
        "CaUsedAsEndEntity" => "the server's certificate is that of an authority, which may sign \
             others and not stand for a server; give the server one that the authority has signed, \
             or one made with basicConstraints=CA:FALSE"
            .into(),
        "EndEntityUsedAsCa" => {
            "the certificate is signed with one that is not an authority's".into()
        }
        text if text.contains(' ') => text.into(),
        _ => "the certificate, or one on the way to its authority, is not valid".into(),
    }
}

/// The name in `DnsName("a.example")` or `IpAddress(127.0.0.1)`.
fn bare(name: &str) -> &str {
    let inner = name.split_once('(').and_then(|(_, rest)| rest.strip_suffix(')'));
    inner.unwrap_or(name).trim_matches('"')
}

fn of_alert(alert: AlertDescription) -> String {
    use AlertDescription as A;
    let why = match alert {
        A::NoApplicationProtocol => return "the server does not speak HTTP/1.1 over TLS".into(),
        A::HandshakeFailure | A::InsufficientSecurity => "no cipher of TLS in common",
        A::ProtocolVersion => "no version of TLS in common",
        A::UnrecognisedName => "it does not know this host",
        A::AccessDenied => "access denied",
        A::CertificateRequired => "it asks for a certificate of the client",
        A::InternalError => "an error of its own",
        A::UserCanceled => "cancelled",
        A::BadCertificate
        | A::UnsupportedCertificate
        | A::CertificateRevoked
        | A::CertificateExpired
        | A::CertificateUnknown
        | A::UnknownCA => "it does not take the certificate",
        _ => return format!("the server ended the handshake with alert {}", u8::from(alert)),
    };
    format!("the server ended the handshake: {why}")
}

#[cfg(test)]
mod tests {
    use rustls::{InvalidMessage, PeerIncompatible, PeerMisbehaved};

    use super::*;

    /// Every error that another side can cause. None shows the name of a variant.
    #[test]
    fn no_text_is_a_name_out_of_a_library() {
        use CertificateError as C;
        let alerts = (0..=255_u8).map(|code| Error::AlertReceived(code.into()));
        let certificates = [
            C::BadEncoding,
            C::Expired,
            C::NotValidYet,
            C::Revoked,
            C::UnhandledCriticalExtension,
            C::UnknownIssuer,
            C::UnknownRevocationStatus,
            C::ExpiredRevocationList,
            C::BadSignature,
            C::NotValidForName,
            C::InvalidPurpose,
            C::InvalidOcspResponse,
            C::ApplicationVerificationFailure,
        ];
        let others = [
            Error::InvalidMessage(InvalidMessage::InvalidContentType),
            Error::PeerIncompatible(PeerIncompatible::NoCipherSuitesInCommon),
            Error::PeerMisbehaved(PeerMisbehaved::BadCertChainExtensions),
            Error::NoCertificatesPresented,
            Error::UnsupportedNameType,
            Error::DecryptError,
            Error::EncryptError,
            Error::PeerSentOversizedRecord,
            Error::HandshakeNotComplete,
            Error::NoApplicationProtocol,
            Error::FailedToGetRandomBytes,
        ];
        let certificates = certificates.into_iter().map(Error::InvalidCertificate);
        for error in alerts.chain(certificates).chain(others) {
            let text = tls_failure(&error).to_string();
            let words = text.split(|c: char| !c.is_alphanumeric());
            let capitals = |word: &str| word.chars().skip(1).any(char::is_uppercase);
            let lower = |word: &str| word.chars().any(char::is_lowercase);
            let camel = words.filter(|word| capitals(word) && lower(word)).collect::<Vec<_>>();
            assert_eq!(camel, Vec::<&str>::new(), "{text}");
        }
    }

    #[test]
    fn a_name_is_taken_out_of_its_kind() {
        assert_eq!(bare("DnsName(\"a.example\")"), "a.example");
        assert_eq!(bare("IpAddress(127.0.0.1)"), "127.0.0.1");
        assert_eq!(bare("plain"), "plain");
    }
}
