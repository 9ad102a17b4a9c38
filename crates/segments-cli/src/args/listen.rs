//! Where `segments serve` listens: an address, or a name that is resolved when it is needed.

use std::fmt;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;

use tokio::net::lookup_host;

/// A host and a port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Listen {
    host: String,
    port: u16,
}

impl Listen {
    /// Its addresses, those of IPv4 first, because more clients try these.
    pub(crate) async fn resolve(&self) -> io::Result<Vec<SocketAddr>> {
        let found = lookup_host((self.host.as_str(), self.port)).await?;
        let mut addresses: Vec<_> = found.collect();
        addresses.sort_by_key(SocketAddr::is_ipv6);
        addresses.dedup();
        if addresses.is_empty() { Err(io::ErrorKind::NotFound.into()) } else { Ok(addresses) }
    }

    /// Whether the host is a name, and not an address.
    pub(crate) fn is_name(&self) -> bool {
        self.host.parse::<IpAddr>().is_err()
    }
}

impl FromStr for Listen {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const HOW: &str =
            "write an address or a name, and a port: 127.0.0.1:8080, localhost:0, [::1]:80";
        if let Ok(address) = text.parse::<SocketAddr>() {
            return Ok(Self { host: address.ip().to_string(), port: address.port() });
        }

        let (host, port) = text.rsplit_once(':').ok_or(HOW)?;
        let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
        if host.is_empty() || !host.bytes().all(is_allowed) {
            return Err(HOW);
        }

        // `parse` would also take a sign.
        let is_digits = !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit());
        match port.parse() {
            Ok(port) if is_digits => Ok(Self { host: host.to_owned(), port }),
            _ => Err("the port must be a number from 0 to 65535"),
        }
    }
}

impl fmt::Display for Listen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.host.contains(':') {
            write!(f, "[{}]:{}", self.host, self.port)
        } else {
            write!(f, "{}:{}", self.host, self.port)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_and_names_are_taken() {
        for (text, host, port, is_name) in [
            ("127.0.0.1:8080", "127.0.0.1", 8080, false),
            ("0.0.0.0:0", "0.0.0.0", 0, false),
            ("[::1]:80", "::1", 80, false),
            ("[::]:65535", "::", 65535, false),
            ("localhost:0", "localhost", 0, true),
            ("braze_mock:8080", "braze_mock", 8080, true),
            ("emulator.test.:1", "emulator.test.", 1, true),
        ] {
            let listen: Listen = text.parse().unwrap();
            assert_eq!(listen, Listen { host: host.to_owned(), port });
            assert_eq!((listen.to_string(), listen.is_name()), (text.to_owned(), is_name));
        }
    }

    #[test]
    fn everything_else_says_what_to_write() {
        for text in ["", "127.0.0.1", ":8080", "8080", "localhost", "::1:80", "[::1]", "a b:1"] {
            assert!(text.parse::<Listen>().unwrap_err().contains("127.0.0.1:8080"), "{text}");
        }
        for text in ["127.0.0.1:65536", "localhost:", "localhost:+1", "localhost:x", "a:-1"] {
            assert!(text.parse::<Listen>().unwrap_err().contains("65535"), "{text}");
        }
        for text in ["http://localhost:80", "a@b:1", "localhost:80/", "[localhost]:1"] {
            assert!(text.parse::<Listen>().is_err(), "{text}");
        }
    }

    #[tokio::test]
    async fn localhost_is_the_loopback() {
        let found = "localhost:7".parse::<Listen>().unwrap().resolve().await.unwrap();
        assert!(!found.is_empty());
        for address in &found {
            assert!(address.ip().is_loopback() && address.port() == 7, "{address}");
        }
        assert!(found.is_sorted_by_key(SocketAddr::is_ipv6));
    }
}
