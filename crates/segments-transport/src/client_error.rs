use std::fmt;

/// Why a client cannot be built.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ClientError {
    /// The URL of the proxy does not have the form `http://[user:password@]host[:port]`.
    InvalidProxy,
    /// The PEM file holds no certificate, or a broken one.
    InvalidPem,
    /// An added certificate cannot be a root. The text says why.
    InvalidRoot(String),
    /// There are no root certificates, or they cannot be used. The text says why.
    Roots(String),
    /// No cryptography for TLS is built in, and none is installed for the process.
    NoProvider,
}

impl fmt::Display for ClientError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InvalidProxy => {
                f.write_str("the proxy must have the form http://[user:password@]host[:port]")
            }
            Self::InvalidPem => f.write_str("the PEM text holds no certificate, or a broken one"),
            Self::InvalidRoot(why) => write!(f, "an added root certificate is not usable: {why}"),
            Self::Roots(why) => write!(f, "no usable root certificates: {why}"),
            Self::NoProvider => f.write_str(
                "no provider of TLS: enable the feature ring or aws-lc-rs, or install one with \
                 rustls' CryptoProvider::install_default",
            ),
        }
    }
}

impl std::error::Error for ClientError {}
