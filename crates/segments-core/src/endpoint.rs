use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};

use http::uri::{Authority, Scheme};

use crate::instance::Instance;

/// Where the API answers: scheme, host and port, checked when it is made.
///
/// Plain `http` is taken for loopback only (`127.0.0.0/8` and `[::1]` as literals, and
/// `localhost`), because the key travels in a header; [`Endpoint::insecure`] lifts that. There is
/// no path, query, fragment or user in an endpoint: the path of a request is made by this crate
/// alone, so that no text from outside can move a key to another place.
///
/// ```
/// use segments_core::{Endpoint, Instance};
///
/// assert_eq!(Endpoint::from(Instance::Us01).to_string(), "https://rest.iad-01.braze.com");
/// assert!(Endpoint::new("http://127.0.0.1:8080").is_ok());
/// let error = Endpoint::new("https://dashboard-01.braze.com").unwrap_err();
/// assert!(error.to_string().contains("https://rest.iad-01.braze.com"));
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Endpoint {
    scheme: Scheme,
    authority: Authority,
}

impl Endpoint {
    /// Reads a base URL such as `https://rest.iad-01.braze.com`.
    ///
    /// # Errors
    /// [`InvalidEndpoint`] says which part is not taken and what to write instead.
    pub fn new(url: &str) -> Result<Self, InvalidEndpoint> {
        let endpoint = Self::parse(url)?;
        if endpoint.is_https() || endpoint.is_loopback() {
            Ok(endpoint)
        } else {
            Err(InvalidEndpoint::PlainHttp)
        }
    }

    /// As [`Endpoint::new`], with plain `http` to any host. The key can then be read on the way.
    ///
    /// # Errors
    /// As [`Endpoint::new`].
    pub fn insecure(url: &str) -> Result<Self, InvalidEndpoint> {
        Self::parse(url)
    }

    fn parse(url: &str) -> Result<Self, InvalidEndpoint> {
        let (scheme, rest) = url.split_once("://").ok_or(InvalidEndpoint::NoScheme)?;
        let scheme = match scheme.to_ascii_lowercase().as_str() {
            "https" => Scheme::HTTPS,
            "http" => Scheme::HTTP,
            _ => return Err(InvalidEndpoint::Scheme),
        };
        let end = rest.find(['/', '?', '#', '\\']).unwrap_or(rest.len());
        let (authority, tail) = rest.split_at(end);
        match tail {
            "" | "/" => {}
            _ if tail.starts_with('\\') => return Err(InvalidEndpoint::Host),
            _ => return Err(InvalidEndpoint::Tail),
        }
        if authority.contains('@') {
            return Err(InvalidEndpoint::UserInfo);
        }
        let (host, port) = split_port(authority)?;
        let host = check_host(&host.to_ascii_lowercase())?;
        if let Some(instance) = Instance::meant_by(&host) {
            return Err(InvalidEndpoint::NotRest { instance });
        }
        let text = match port {
            Some(port) if port != default_port(&scheme) => format!("{host}:{port}"),
            _ => host,
        };
        let authority = Authority::try_from(text).map_err(|_| InvalidEndpoint::Host)?;
        Ok(Self { scheme, authority })
    }

    /// The host, in lower case; an IPv6 address without its brackets.
    pub fn host(&self) -> &str {
        self.authority.host().trim_start_matches('[').trim_end_matches(']')
    }

    /// The port, or the scheme's own.
    pub fn port(&self) -> u16 {
        self.authority.port_u16().unwrap_or(default_port(&self.scheme))
    }

    /// Whether requests travel under TLS.
    pub fn is_https(&self) -> bool {
        self.scheme == Scheme::HTTPS
    }

    /// Whether the host is this machine: a literal of `127.0.0.0/8`, `[::1]`, or `localhost`.
    ///
    /// A name can resolve to anything; whoever connects to `localhost` in plain text should make
    /// sure that it resolves to loopback, as the adapters of this workspace do.
    pub fn is_loopback(&self) -> bool {
        let host = self.host();
        host == "localhost"
            || host.parse::<Ipv4Addr>().is_ok_and(|ip| ip.is_loopback())
            || host.parse::<Ipv6Addr>().is_ok_and(|ip| ip.is_loopback())
    }

    /// The published instance with this host, if it is one.
    pub fn instance(&self) -> Option<Instance> {
        let same = |instance: &&Instance| self.is_https() && instance.host() == self.authority;
        Instance::ALL.iter().find(same).copied()
    }

    pub(crate) fn scheme(&self) -> &Scheme {
        &self.scheme
    }

    pub(crate) fn authority(&self) -> &Authority {
        &self.authority
    }
}

impl From<Instance> for Endpoint {
    fn from(instance: Instance) -> Self {
        Self { scheme: Scheme::HTTPS, authority: Authority::from_static(instance.host()) }
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", self.scheme, self.authority)
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Endpoint({self})")
    }
}

fn default_port(scheme: &Scheme) -> u16 {
    if *scheme == Scheme::HTTPS { 443 } else { 80 }
}

/// `http::Uri` reads port 99999 as no port at all, so the port is read here.
fn split_port(authority: &str) -> Result<(&str, Option<u16>), InvalidEndpoint> {
    let colon = match authority.rfind(']') {
        Some(bracket) if authority[bracket + 1..].is_empty() => None,
        Some(bracket) if authority[bracket + 1..].starts_with(':') => Some(bracket + 1),
        Some(_) => return Err(InvalidEndpoint::Host),
        None => authority.rfind(':'),
    };
    let Some(colon) = colon else { return Ok((authority, None)) };
    let (host, port) = (&authority[..colon], &authority[colon + 1..]);
    if !port.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(InvalidEndpoint::Port);
    }
    match port.parse::<u16>() {
        Ok(port) if port > 0 => Ok((host, Some(port))),
        _ => Err(InvalidEndpoint::Port),
    }
}

/// Letters, digits, hyphens and dots, or an IPv6 literal: nothing that two parsers read apart.
fn check_host(host: &str) -> Result<String, InvalidEndpoint> {
    if let Some(literal) = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        let ip: Ipv6Addr = literal.parse().map_err(|_| InvalidEndpoint::Host)?;
        return Ok(format!("[{ip}]"));
    }
    let label = |label: &str| {
        !label.is_empty()
            && label.len() <= 63
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    let looks_numeric = |host: &str| {
        host.rsplit('.').next().is_some_and(|last| {
            last.bytes().all(|byte| byte.is_ascii_digit()) || last.starts_with("0x")
        })
    };
    let valid = host.len() <= 253 && host.split('.').all(label);
    // A host that ends in a number is an address to most resolvers: `2130706433` is 127.0.0.1.
    if !valid || (looks_numeric(host) && host.parse::<Ipv4Addr>().is_err()) {
        return Err(InvalidEndpoint::Host);
    }
    Ok(host.to_owned())
}

/// Why a text is no [`Endpoint`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum InvalidEndpoint {
    /// It does not begin with `https://` or `http://`.
    NoScheme,
    /// Its scheme is another one.
    Scheme,
    /// It holds a user or a password.
    UserInfo,
    /// The host is no name or address that all parsers read alike.
    Host,
    /// The port is no number from 1 to 65535.
    Port,
    /// There is a path, a query or a fragment behind the host.
    Tail,
    /// Plain `http` to a host that is not loopback.
    PlainHttp,
    /// A Braze host that does not serve the REST API.
    NotRest {
        /// The instance whose REST host is meant.
        instance: Instance,
    },
}

impl fmt::Display for InvalidEndpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the base URL is not usable: ")?;
        f.write_str(match self {
            Self::NoScheme => "it must begin with https://, as in https://rest.iad-01.braze.com",
            Self::Scheme => "its scheme must be https (or http for loopback)",
            Self::UserInfo => "it must not hold a user or password; the key is given on its own",
            Self::Host => {
                "its host must be a plain name, an IPv4 address or an IPv6 address in brackets"
            }
            Self::Port => "its port must be a number from 1 to 65535",
            Self::Tail => {
                "it must end behind the host and port; leave out path, query and fragment"
            }
            Self::PlainHttp => {
                "http would send the key in the clear; use https (only loopback is excepted)"
            }
            Self::NotRest { instance } => {
                let host = instance.host();
                return write!(
                    f,
                    "this host does not serve the REST API; use https://{host} ({instance})"
                );
            }
        })
    }
}

impl std::error::Error for InvalidEndpoint {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn c4_what_is_taken_is_normalised() {
        for (url, text) in [
            ("https://rest.iad-01.braze.com", "https://rest.iad-01.braze.com"),
            ("HTTPS://REST.IAD-01.BRAZE.COM:443/", "https://rest.iad-01.braze.com"),
            ("https://rest.new-77.braze.com", "https://rest.new-77.braze.com"),
            ("https://gateway.example:8443", "https://gateway.example:8443"),
            ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
            ("http://127.9.9.9", "http://127.9.9.9"),
            ("http://localhost:80/", "http://localhost"),
            ("http://[::1]:9", "http://[::1]:9"),
            ("https://[2001:DB8::1]", "https://[2001:db8::1]"),
        ] {
            assert_eq!(Endpoint::new(url).map(|endpoint| endpoint.to_string()), Ok(text.into()));
        }
    }

    #[test]
    fn c4_what_is_refused_says_why() {
        use InvalidEndpoint as E;
        for (url, reason) in [
            ("", E::NoScheme),
            ("rest.iad-01.braze.com", E::NoScheme),
            ("ftp://rest.iad-01.braze.com", E::Scheme),
            (" https://rest.iad-01.braze.com", E::Scheme),
            ("https://user:password@rest.iad-01.braze.com", E::UserInfo),
            ("https://rest.iad-01.braze.com@evil.example", E::UserInfo),
            ("https://rest.iad-01.braze.com/segments/list", E::Tail),
            ("https://rest.iad-01.braze.com?x=1", E::Tail),
            ("https://rest.iad-01.braze.com#x", E::Tail),
            ("https://rest.iad-01.braze.com//", E::Tail),
            ("https://evil.example\\@rest.iad-01.braze.com", E::Host),
            ("https://", E::Host),
            ("https://.", E::Host),
            ("https://a..b", E::Host),
            ("https://rest.iad-01.braze.com.", E::Host),
            ("https://rest iad.braze.com", E::Host),
            ("https://bräze.com", E::Host),
            ("https://rest%2eiad.braze.com", E::Host),
            ("https://2130706433", E::Host),
            ("https://0x7f000001", E::Host),
            ("https://1.2.3", E::Host),
            ("https://[::1", E::Host),
            ("https://[::1]x", E::Host),
            ("https://h:0", E::Port),
            ("https://h:99999", E::Port),
            ("https://h:+80", E::Port),
            ("https://h:", E::Port),
            ("https://h:8 0", E::Port),
            ("http://rest.iad-01.braze.com", E::PlainHttp),
            ("http://127.0.0.1.evil.com", E::PlainHttp),
            ("http://[::ffff:127.0.0.1]", E::PlainHttp),
            ("http://localhost.evil.com", E::PlainHttp),
            ("http://10.0.0.1", E::PlainHttp),
            ("http://localhost.", E::Host),
            ("https://sdk.iad-01.braze.com", E::NotRest { instance: Instance::Us01 }),
            ("https://dashboard-01.braze.eu", E::NotRest { instance: Instance::Eu01 }),
        ] {
            assert_eq!(Endpoint::new(url), Err(reason), "{url}");
        }
    }

    #[test]
    fn c5_plain_http_elsewhere_is_asked_for_by_name() {
        let endpoint = Endpoint::insecure("http://gateway.example").unwrap();
        assert_eq!((endpoint.port(), endpoint.is_loopback()), (80, false));
    }

    #[test]
    fn a_published_host_is_its_instance() {
        for instance in Instance::ALL {
            let endpoint = Endpoint::new(&format!("https://{}", instance.host())).unwrap();
            assert_eq!(endpoint, Endpoint::from(*instance));
            assert_eq!(endpoint.instance(), Some(*instance));
        }
        assert_eq!(Endpoint::new("https://[::1]").unwrap().host(), "::1");
    }
}
