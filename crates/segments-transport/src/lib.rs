//! What `segments-hyper` and `segments-blocking` share: TLS settings, tunnels through a proxy, and
//! the kinds and texts of failures. So both come to the same result and report it in the same words.
//! It opens no socket.
//!
//! It is not for use on its own. It changes with the two crates and makes no promise to others.

#![forbid(unsafe_code)]
// docs.rs shows which feature an item needs.
#![cfg_attr(docsrs, feature(doc_cfg))]

mod client_error;
mod host;
mod limits;
mod proxy;
mod resolver_error;
#[cfg(feature = "tls")]
mod tls_error;
mod traffic;
#[cfg(feature = "tls")]
mod trust;
mod tunnel;

pub use client_error::ClientError;
pub use host::{address_allowed, is_loopback, unknown_host};
pub use limits::{
    MAX_HEADERS, body_declared_too_large, body_too_large, head_too_large, not_connected, timed_out,
    too_many_headers,
};
pub use proxy::Proxy;
pub use resolver_error::resolver_error;
#[cfg(feature = "tls")]
pub use tls_error::tls_failure;
pub use traffic::Traffic;
#[cfg(feature = "tls")]
pub use trust::Trust;
pub use tunnel::{proxy_refusal, tunnel_request, tunnel_response};

/// Added to the detail of an HTTP error on a plain connection.
pub const TLS_HINT: &str = "; if the port speaks TLS, the address must begin with https://";
