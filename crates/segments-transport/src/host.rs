use std::net::IpAddr;

use segments_core::{TransportError, TransportErrorKind};

/// Whether the host of a URI is this machine, by its text.
pub fn is_loopback(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    is_localhost(host) || address.is_ok_and(|address| address.is_loopback())
}

fn is_localhost(host: &str) -> bool {
    host.strip_suffix('.').unwrap_or(host).eq_ignore_ascii_case("localhost")
}

/// Whether a host may resolve to this address. `localhost` must be this machine, whatever the
/// resolver says, because the key may travel to it in plain text.
pub fn address_allowed(host: &str, address: IpAddr) -> bool {
    !is_localhost(host) || address.is_loopback()
}

/// The failure of a host without a usable address.
pub fn unknown_host(host: &str, why: &str) -> TransportError {
    let detail = format!("no address is known for {host}: {why}");
    TransportError::new(TransportErrorKind::Dns, detail)
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
        assert!(address_allowed("localhost", near) && address_allowed("rest.example", near));
        assert!(address_allowed("rest.example", far) && !address_allowed("localhost", far));
    }
}
