use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::ServerCertVerifier;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, Error, RootCertStore};
use rustls_platform_verifier::Verifier;

use crate::client_error::ClientError;
use crate::tls_error::describe;

/// Which certificates a client trusts. Default: those of the platform.
#[derive(Clone, Debug)]
pub struct Trust {
    added: Vec<CertificateDer<'static>>,
    platform: bool,
    nobody: bool,
}

impl Default for Trust {
    fn default() -> Self {
        Self { added: Vec::new(), platform: true, nobody: false }
    }
}

impl Trust {
    /// Trusts the certificates of a PEM file too.
    ///
    /// # Errors
    /// [`ClientError::InvalidPem`] if it cannot be read, or holds no certificate.
    pub fn add_pem(&mut self, pem: &[u8]) -> Result<(), ClientError> {
        let read = CertificateDer::pem_slice_iter(pem).collect::<Result<Vec<_>, _>>();
        match read {
            Ok(certificates) if !certificates.is_empty() => self.added.extend(certificates),
            _ => return Err(ClientError::InvalidPem),
        }
        Ok(())
    }

    /// Does not trust the platform's roots.
    pub fn only_added(&mut self) {
        self.platform = false;
    }

    /// Reads no roots and trusts nobody, so that every handshake fails.
    pub fn nobody(&mut self) {
        self.nobody = true;
    }

    /// The configuration of rustls, for HTTP/1.1.
    ///
    /// # Errors
    /// [`ClientError::Roots`] if nothing would be trusted, [`ClientError::InvalidRoot`] if an added
    /// certificate cannot be a root, [`ClientError::NoProvider`] without cryptography.
    pub fn config(self) -> Result<Arc<ClientConfig>, ClientError> {
        let provider = provider()?;

        let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .map_err(|error| ClientError::Roots(describe(&error)))?;

        let builder = if self.nobody {
            builder.with_root_certificates(RootCertStore::empty())
        } else {
            let verifier = self.verifier(&provider)?;
            builder.dangerous().with_custom_certificate_verifier(verifier)
        };

        let mut config = builder.with_no_client_auth();
        // A server that speaks only HTTP/2 then refuses the handshake, instead of sending frames.
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Arc::new(config))
    }

    fn verifier(
        self,
        provider: &Arc<CryptoProvider>,
    ) -> Result<Arc<dyn ServerCertVerifier>, ClientError> {
        let mut roots = RootCertStore::empty();
        for root in &self.added {
            let invalid = |error: Error| ClientError::InvalidRoot(describe(&error));
            roots.add(root.clone()).map_err(invalid)?;
        }

        if self.platform {
            let verifier = Verifier::new_with_extra_roots(self.added, Arc::clone(provider));
            return match verifier {
                Ok(verifier) => Ok(Arc::new(verifier)),
                // The verifier has one general error: that there are no roots.
                Err(Error::General(_)) => {
                    Err(ClientError::Roots("this machine has none that can be read".to_owned()))
                }
                Err(error) => Err(ClientError::Roots(describe(&error))),
            };
        }

        if roots.is_empty() {
            return Err(ClientError::Roots("none was added".to_owned()));
        }
        let builder =
            WebPkiServerVerifier::builder_with_provider(roots.into(), Arc::clone(provider));
        match builder.build() {
            Ok(verifier) => Ok(verifier),
            Err(error) => Err(ClientError::Roots(error.to_string())),
        }
    }
}

/// The cryptography of the enabled feature. ring is the default feature, so aws-lc-rs goes first if
/// both are enabled. Without either, it is the one that is installed for the process.
fn provider() -> Result<Arc<CryptoProvider>, ClientError> {
    #[cfg(feature = "aws-lc-rs")]
    let found = Some(Arc::new(rustls::crypto::aws_lc_rs::default_provider()));
    #[cfg(all(feature = "ring", not(feature = "aws-lc-rs")))]
    let found = Some(Arc::new(rustls::crypto::ring::default_provider()));
    #[cfg(not(any(feature = "ring", feature = "aws-lc-rs")))]
    let found = CryptoProvider::get_default().cloned();
    found.ok_or(ClientError::NoProvider)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(not(any(feature = "ring", feature = "aws-lc-rs")))]
    #[test]
    fn without_a_provider_there_is_no_client_and_the_error_says_why() {
        let mut trust = Trust::default();
        trust.nobody();
        assert_eq!(trust.config().unwrap_err(), ClientError::NoProvider);
    }

    #[cfg(any(feature = "ring", feature = "aws-lc-rs"))]
    #[test]
    fn a_built_in_provider_is_taken_whatever_the_process_has() {
        let mut trust = Trust::default();
        trust.nobody();
        let config = trust.config().unwrap();
        assert!(CryptoProvider::get_default().is_none(), "none is installed by this");
        #[cfg(feature = "aws-lc-rs")]
        let expected = rustls::crypto::aws_lc_rs::default_provider();
        #[cfg(not(feature = "aws-lc-rs"))]
        let expected = rustls::crypto::ring::default_provider();
        assert_eq!(format!("{:?}", config.crypto_provider()), format!("{:?}", Arc::new(expected)));
        assert_eq!(config.alpn_protocols, [b"http/1.1"]);
    }
}
