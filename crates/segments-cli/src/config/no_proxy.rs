//! `NO_PROXY`, as curl and Go read it. Where they differ, a host that either of them would exempt is
//! exempt.

use std::net::IpAddr;

use ipnet::IpNet;
use segments_core::Endpoint;

/// Whether the list exempts the endpoint's host from the proxy.
///
/// Commas or blanks separate entries. `*` is every host. A name stands for itself and all names below
/// it, with or without `.` or `*.` in front. An address stands for itself, and `10.0.0.0/8` for a
/// network; an IPv6 address may be in brackets. An entry with a port is about that port only. No name
/// is resolved.
pub(crate) fn exempts(list: &str, endpoint: &Endpoint) -> bool {
    let entries = list.split(|c: char| c == ',' || c.is_whitespace());
    entries.filter(|entry| !entry.is_empty()).any(|entry| matches(entry, endpoint))
}

fn matches(entry: &str, endpoint: &Endpoint) -> bool {
    if entry == "*" {
        return true;
    }

    let host = endpoint.host();
    let address = host.parse::<IpAddr>().ok().map(|address| address.to_canonical());
    if let Some(address) = address {
        if let Some(network) = network(entry) {
            return network.contains(&address);
        }
    }

    let (name, port) = split_port(entry);
    if port.is_some_and(|port| port.parse() != Ok(endpoint.port())) {
        return false;
    }
    match address {
        Some(address) => bare(name).parse() == Ok(address),
        None => is_under(host, name),
    }
}

/// A network; the bits after its prefix do not count. One of IPv4 in IPv6 becomes that of IPv4.
fn network(entry: &str) -> Option<IpNet> {
    let (address, prefix) = entry.split_once('/')?;
    let network = IpNet::new(bare(address).parse().ok()?, prefix.parse().ok()?).ok()?;

    let canonical = network.addr().to_canonical();
    if canonical.is_ipv4() && network.addr().is_ipv6() {
        return IpNet::new(canonical, network.prefix_len().checked_sub(96)?).ok();
    }
    Some(network)
}

/// An IPv6 address without brackets has colons, and no port.
fn split_port(entry: &str) -> (&str, Option<&str>) {
    match entry.rsplit_once(':') {
        Some((name, port)) if !name.contains(':') || name.ends_with(']') => (name, Some(port)),
        _ => (entry, None),
    }
}

fn bare(address: &str) -> &str {
    address.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(address)
}

fn is_under(host: &str, name: &str) -> bool {
    let name = name.strip_prefix('*').unwrap_or(name).trim_matches('.').to_ascii_lowercase();
    let host = host.trim_end_matches('.');
    // Every host ends with the empty name.
    let above = host.strip_suffix(&name).filter(|_| !name.is_empty());
    above.is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(url: &str, cases: &[(&str, bool)]) {
        let endpoint = Endpoint::new(url).unwrap();
        for (list, expected) in cases {
            assert_eq!(exempts(list, &endpoint), *expected, "{url} {list:?}");
        }
    }

    #[test]
    fn names_and_domains() {
        check(
            "https://rest.iad-01.braze.com",
            &[
                ("rest.iad-01.braze.com", true),
                ("example.com, .braze.com", true),
                ("example.com .braze.com", true),
                ("example.com,\t\nbraze.com", true),
                ("*.braze.com", true),
                ("braze.com.", true),
                (".rest.iad-01.braze.com", true),
                ("REST.IAD-01.BRAZE.COM", true),
                ("aze.com", false),
                ("ad-01.braze.com", false),
                ("rest.iad-01.braze.com.example", false),
                ("", false),
                (",, ,", false),
                (".", false),
                ("*.", false),
                ("10.0.0.0/8", false),
                ("0.0.0.0/0", false),
            ],
        );
    }

    #[test]
    fn every_host() {
        for url in ["https://rest.iad-01.braze.com", "https://10.1.2.3", "https://[2001:db8::1]"] {
            check(url, &[("*", true), ("a, *", true), ("**", false), ("*x", false)]);
        }
    }

    #[test]
    fn ports() {
        let cases = [
            ("BRAZE.COM:443", true),
            (".braze.com:443", true),
            ("*.braze.com:443", true),
            ("braze.com:8443", false),
            ("braze.com:", false),
            ("braze.com:https", false),
        ];
        check("https://rest.iad-01.braze.com", &cases);
        check(
            "https://rest.iad-01.braze.com:8443",
            &[("braze.com:8443", true), ("braze.com:443", false)],
        );
        check("https://10.1.2.3:8443", &[("10.1.2.3:8443", true), ("10.1.2.3:443", false)]);
        check("https://[2001:db8::1]", &[("[2001:db8::1]:443", true), ("[2001:db8::1]:8", false)]);
    }

    #[test]
    fn addresses_and_networks() {
        check(
            "https://10.1.2.3",
            &[
                ("10.1.2.3", true),
                ("10.0.0.0/8", true),
                ("10.9.9.9/8", true),
                ("10.1.2.3/32", true),
                ("10.1.2.2/31", true),
                ("0.0.0.0/0", true),
                ("::ffff:10.0.0.0/104", true),
                ("10.1.2.0/31", false),
                ("10.2.0.0/16", false),
                ("10.0.0.0/33", false),
                ("10/8", false),
                ("10.0.0.0/", false),
                ("::/0", false),
                ("1.2.3", false),
                (".2.3", false),
                ("2001:db8::/32", false),
            ],
        );
        check(
            "https://[2001:db8::1]",
            &[
                ("2001:db8::1", true),
                ("[2001:db8::1]", true),
                ("2001:DB8:0:0:0:0:0:1", true),
                ("2001:db8::/32", true),
                ("[2001:db8::]/32", true),
                ("::/0", true),
                ("2001:db9::/32", false),
                ("2001:db8::2", false),
                ("0.0.0.0/0", false),
            ],
        );
    }
}
