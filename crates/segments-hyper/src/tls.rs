use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::ServerCertVerifier;
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::CertificateDer;
use rustls::{CertificateError, ClientConfig, Error, RootCertStore};
use rustls_platform_verifier::Verifier;

/// A configuration that trusts `added`, and the platform's roots unless they are left out.
///
/// The provider is named, never the process's default: which one that is depends on the features
/// of other crates in the build.
pub(crate) fn config(
    added: Vec<CertificateDer<'static>>,
    platform: bool,
) -> Result<ClientConfig, Error> {
    let provider = Arc::new(ring::default_provider());
    let verifier = verifier(added, platform, &provider)?;
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .dangerous()
        .with_custom_certificate_verifier(verifier)
        .with_no_client_auth();
    Ok(config)
}

/// A configuration under which every handshake fails.
pub(crate) fn trusting_nobody() -> Result<ClientConfig, Error> {
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_root_certificates(RootCertStore::empty())
        .with_no_client_auth();
    Ok(config)
}

fn verifier(
    added: Vec<CertificateDer<'static>>,
    platform: bool,
    provider: &Arc<CryptoProvider>,
) -> Result<Arc<dyn ServerCertVerifier>, Error> {
    if platform {
        return Ok(Arc::new(Verifier::new_with_extra_roots(added, Arc::clone(provider))?));
    }
    let mut roots = RootCertStore::empty();
    for root in added {
        roots.add(root)?;
    }
    let verifier = WebPkiServerVerifier::builder_with_provider(roots.into(), Arc::clone(provider));
    Ok(verifier.build().map_err(|error| Error::General(error.to_string()))?)
}

/// What went wrong, with the place to look at first.
pub(crate) fn reason(error: &Error) -> String {
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
