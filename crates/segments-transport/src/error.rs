use std::fmt;

/// Why a client cannot be made.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ClientError {
    /// The proxy is not of the form `http://[user:password@]host[:port]`.
    InvalidProxy,
    /// The PEM text holds no certificate, or a broken one.
    InvalidPem,
    /// An added certificate is none that can be trusted; the text says why.
    InvalidRoot(String),
    /// This machine has no root certificates, or they cannot be used; the text says why.
    Roots(String),
    /// No provider of TLS is built in, and none is installed for the process.
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
