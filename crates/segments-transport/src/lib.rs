//! What `segments-hyper` and `segments-blocking` have in common, so that both come to the same end
//! and say so in the same words. It opens no socket.
//!
//! Not for use on its own: it changes with the two crates, and promises nothing to others.

#![forbid(unsafe_code)]

mod error;
mod io;
mod proxy;
#[cfg(feature = "tls")]
mod tls;
#[cfg(feature = "tls")]
mod tls_words;
mod traffic;
mod tunnel;

pub use error::ClientError;
pub use io::{io_kind, io_words, timed_out};
pub use proxy::Proxy;
#[cfg(feature = "tls")]
pub use tls::Trust;
#[cfg(feature = "tls")]
pub use tls_words::tls_failure;
pub use traffic::Traffic;
pub use tunnel::{proxy_refusal, tunnel_answer, tunnel_request};

use std::net::IpAddr;

/// The most headers of a response.
pub const MAX_HEADERS: usize = 128;

/// Whether the host of a URI is this machine, by its text.
pub fn is_loopback(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    is_localhost(host) || address.is_ok_and(|address| address.is_loopback())
}

fn is_localhost(name: &str) -> bool {
    name.strip_suffix('.').unwrap_or(name).eq_ignore_ascii_case("localhost")
}

/// Whether a name may lead to this address: `localhost` is this machine, whatever the system says,
/// because the key may travel to it in plain text.
pub fn may_be(name: &str, address: IpAddr) -> bool {
    !is_localhost(name) || address.is_loopback()
}

/// The detail of a failure of a name: which one, and why.
pub fn unknown_name(name: &str, why: &str) -> String {
    format!("no address is known for {name}: {why}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_loopback_by_its_text_alone() {
        for host in ["127.0.0.1", "127.9.9.9", "[::1]", "localhost", "LOCALHOST."] {
            assert!(is_loopback(host), "{host}");
        }
        for host in ["127.0.0.1.example", "localhost.example", "10.0.0.1", "[::2]", "rest"] {
            assert!(!is_loopback(host), "{host}");
        }
    }

    #[test]
    fn localhost_is_this_machine_whatever_the_resolver_says() {
        let [near, far] = ["127.0.0.1", "10.0.0.1"].map(|text| text.parse().unwrap());
        assert!(may_be("localhost", near) && may_be("rest.example", near));
        assert!(may_be("rest.example", far) && !may_be("localhost", far));
    }
}
