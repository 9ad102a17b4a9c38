use std::fmt;

use serde::{Deserialize, Serialize};

/// What a transport reports when a request ended without a response.
///
/// ```
/// use segments_core::{TransportError, TransportErrorKind};
///
/// let error = TransportError::new(TransportErrorKind::Connect, "connection refused");
/// assert_eq!(error.to_string(), "could not connect (connection refused)");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TransportError {
    kind: TransportErrorKind,
    detail: Box<str>,
}

impl TransportError {
    /// An error of this kind; `detail` is the transport's own short words, or empty.
    ///
    /// The key is redacted from `detail` before an [`Error`](crate::Error) keeps it.
    pub fn new(kind: TransportErrorKind, detail: impl Into<String>) -> Self {
        Self { kind, detail: detail.into().into_boxed_str() }
    }

    /// The kind.
    pub const fn kind(&self) -> TransportErrorKind {
        self.kind
    }

    /// The transport's words.
    pub fn detail(&self) -> &str {
        &self.detail
    }
}

impl fmt::Display for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.kind.fmt(f)?;
        if self.detail.is_empty() { Ok(()) } else { write!(f, " ({})", self.detail) }
    }
}

impl std::error::Error for TransportError {}

/// How a request can end without a response.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum TransportErrorKind {
    /// The host's name was not resolved. Retried.
    Dns,
    /// No connection was made. Retried.
    Connect,
    /// TLS failed: a certificate, a protocol version. Final: a retry would not help.
    Tls,
    /// The proxy cannot be used: no address, no connection, no HTTP. Retried.
    Proxy,
    /// The proxy refused to open a tunnel: credentials are missing or wrong (407), or it does not
    /// allow the host (403). Final: some proxies lock an account after a few attempts.
    ProxyRefused,
    /// The proxy cannot reach the server, or is busy (502, 503, 504, …). Retried.
    ProxyUnavailable,
    /// The time for one attempt ran out. Retried.
    Timeout,
    /// The connection ended before the response was whole. Retried.
    Closed,
    /// A connection that was kept for reuse had been closed by the server, and it showed before any
    /// byte of a response came. Sent again at once, and it costs no attempt; an attempt that meets
    /// it twice counts as [`Closed`](Self::Closed).
    StaleConnection,
    /// The body is longer than allowed. Final.
    BodyTooLarge,
    /// The head is longer than allowed. Final.
    HeadTooLarge,
    /// The response is not HTTP. Retried once.
    InvalidHttp,
    /// The client refused to follow a redirect, and does not give the response. Final, and the same
    /// error as a response with a 3xx status:
    /// [`ResponseError::Redirect`](crate::error::ResponseError::Redirect).
    Redirect,
    /// The server speaks HTTP/2 only, and the transport HTTP/1.1 only. Final.
    Http2Only,
    /// This process, or this machine, has no file descriptor left for a connection. Retried.
    NoFileDescriptor,
    /// Anything else. Retried.
    Other,
}

impl TransportErrorKind {
    /// The kind as one word, as serde writes it: `timeout`, `invalid_http`, …
    pub const fn name(self) -> &'static str {
        match self {
            Self::Dns => "dns",
            Self::Connect => "connect",
            Self::Tls => "tls",
            Self::Proxy => "proxy",
            Self::ProxyRefused => "proxy_refused",
            Self::ProxyUnavailable => "proxy_unavailable",
            Self::Timeout => "timeout",
            Self::Closed => "closed",
            Self::StaleConnection => "stale_connection",
            Self::BodyTooLarge => "body_too_large",
            Self::HeadTooLarge => "head_too_large",
            Self::InvalidHttp => "invalid_http",
            Self::Redirect => "redirect",
            Self::Http2Only => "http2_only",
            Self::NoFileDescriptor => "no_file_descriptor",
            Self::Other => "other",
        }
    }

    pub(crate) const fn advice(self) -> &'static str {
        match self {
            Self::Dns => "check the host name and the network",
            Self::Connect => {
                "check the host, the port and the network, and that the server is running"
            }
            Self::Tls => {
                "check the base URL, this machine's clock and its root certificates; you can add a \
                 root certificate of your own"
            }
            Self::Proxy => "check the proxy's address, and that it is running",
            Self::ProxyRefused => "check the proxy's credentials, and that it allows this host",
            Self::ProxyUnavailable => {
                "try again later; if it persists, ask the operator of the proxy whether it can \
                 reach this host"
            }
            Self::NoFileDescriptor => {
                "allow this process more open files (ulimit -n), or use fewer requests in flight"
            }
            Self::Timeout => "check the network, or allow more time for each attempt",
            _ => "check the network, then try again",
        }
    }
}

impl fmt::Display for TransportErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Dns => "the host name could not be resolved",
            Self::Connect => "could not connect",
            Self::Tls => "TLS failed",
            Self::Proxy => "could not reach the proxy",
            Self::ProxyRefused => "the proxy refused the request",
            Self::ProxyUnavailable => "the proxy could not reach the server",
            Self::Timeout => "the request timed out",
            Self::Closed => "the connection closed before the response was complete",
            Self::StaleConnection => "the server had closed the idle connection",
            Self::BodyTooLarge => "the response body is larger than allowed",
            Self::HeadTooLarge => "the response head is larger than allowed",
            Self::InvalidHttp => "the response is not valid HTTP",
            Self::Redirect => "the client refused to follow a redirect",
            Self::Http2Only => "the server speaks only HTTP/2",
            Self::NoFileDescriptor => "no file descriptors are left",
            Self::Other => "the transport failed",
        })
    }
}
