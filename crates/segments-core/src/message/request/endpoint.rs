use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use http::uri::{Authority, Scheme};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::message::request::base_url::{BaseUrl, default_port};
use crate::message::request::{Instance, InvalidEndpoint};

/// A base URL, checked when it is made: scheme, host, port, and the path of a gateway.
///
/// Plain `http` is accepted for loopback only (`127.0.0.0/8` and `[::1]` as literals, and
/// `localhost`), because the key is sent in a header; [`Endpoint::insecure`] lifts that. A name
/// without a dot, as containers have, is no exception, because it can lead anywhere.
///
/// The path comes before that of every request: `https://gateway.example/braze` gets
/// `/braze/segments/list`. Braze's own hosts have none. Queries, fragments, users and `..` are
/// refused.
///
/// ```
/// use segments_core::{Endpoint, Instance};
///
/// assert_eq!(Endpoint::from(Instance::Us01).to_string(), "https://rest.iad-01.braze.com");
/// assert!(Endpoint::new("http://127.0.0.1:8080").is_ok());
/// assert_eq!(Endpoint::new("https://gateway.example/braze/")?.path(), "/braze");
/// let error = Endpoint::new("https://dashboard-01.braze.com").unwrap_err();
/// assert!(error.to_string().contains("https://rest.iad-01.braze.com"));
/// # Ok::<(), segments_core::request::InvalidEndpoint>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Endpoint {
    scheme: Scheme,
    authority: Authority,
    /// That of the authority, without brackets.
    host: String,
    /// Empty, or a slash and segments without a slash at the end.
    path: String,
}

impl Endpoint {
    /// Reads a base URL such as `https://rest.iad-01.braze.com`.
    ///
    /// # Errors
    /// [`InvalidEndpoint`] says which part is refused and what to write instead.
    pub fn new(url: &str) -> Result<Self, InvalidEndpoint> {
        let endpoint = Self::parse(url)?;
        if endpoint.is_https() || endpoint.is_loopback() {
            Ok(endpoint)
        } else {
            Err(InvalidEndpoint::PlainHttp)
        }
    }

    /// Like [`Endpoint::new`], but plain `http` is accepted for every host. Others can then read
    /// the key on the way.
    ///
    /// # Errors
    /// See [`Endpoint::new`].
    pub fn insecure(url: &str) -> Result<Self, InvalidEndpoint> {
        Self::parse(url)
    }

    fn parse(url: &str) -> Result<Self, InvalidEndpoint> {
        let BaseUrl { scheme, authority, path } = BaseUrl::parse(url)?;
        Ok(Self::from_parts(scheme, authority, path))
    }

    fn from_parts(scheme: Scheme, authority: Authority, path: String) -> Self {
        let host = authority.host().trim_start_matches('[').trim_end_matches(']').to_owned();
        Self { scheme, authority, host, path }
    }

    /// The host, in lower case; an IPv6 address without its brackets.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port, or the scheme's default.
    pub fn port(&self) -> u16 {
        self.authority.port_u16().unwrap_or(default_port(&self.scheme))
    }

    /// The path in front of that of every request: empty, or for example `/braze`.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Whether requests use TLS.
    pub fn is_https(&self) -> bool {
        self.scheme == Scheme::HTTPS
    }

    /// Whether the host is this machine: a literal of `127.0.0.0/8`, `[::1]`, or `localhost`.
    ///
    /// A name can resolve to anything. A client that connects to `localhost` in plain text should
    /// check that it resolves to loopback, as the adapters of this workspace do.
    pub fn is_loopback(&self) -> bool {
        let host = self.host();
        host == "localhost"
            || host.parse::<Ipv4Addr>().is_ok_and(|ip| ip.is_loopback())
            || host.parse::<Ipv6Addr>().is_ok_and(|ip| ip.is_loopback())
    }

    /// The published instance with this host, if it is one.
    pub fn instance(&self) -> Option<Instance> {
        // No host of Braze's has a path.
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
        let authority = Authority::from_static(instance.host());
        Self::from_parts(Scheme::HTTPS, authority, String::new())
    }
}

/// [`Endpoint::new`].
impl FromStr for Endpoint {
    type Err = InvalidEndpoint;

    fn from_str(url: &str) -> Result<Self, InvalidEndpoint> {
        Self::new(url)
    }
}

/// As its base URL.
impl Serialize for Endpoint {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// By [`Endpoint::new`], so that one of [`Endpoint::insecure`] is refused.
impl<'de> Deserialize<'de> for Endpoint {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}{}", self.scheme, self.authority, self.path)
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Endpoint({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::request::Pasted;
    use crate::message::request::base_path::MAX_PATH;

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
            ("https://braze_mock:8080", "https://braze_mock:8080"),
            ("https://_braze-.a__b-1.Example", "https://_braze-.a__b-1.example"),
            ("https://gateway.example/braze", "https://gateway.example/braze"),
            ("https://gateway.example:8443/braze/", "https://gateway.example:8443/braze"),
            ("https://gateway.example/v1/Braze%20US", "https://gateway.example/v1/Braze%20US"),
            ("http://[::1]:9/a/b:c@d;e=f,~!$&'()*+", "http://[::1]:9/a/b:c@d;e=f,~!$&'()*+"),
            (
                "https://gateway.example/%C3%A4/.well-known/...",
                "https://gateway.example/%C3%A4/.well-known/...",
            ),
            ("https://gateway.example/segments/", "https://gateway.example/segments"),
            ("https://https", "https://https"),
            ("https://http:8080", "https://http:8080"),
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
            (" https://rest.iad-01.braze.com", E::Pasted(Pasted::Blank { position: 0 })),
            ("https://rest.iad-01.braze.com ", E::Pasted(Pasted::Blank { position: 29 })),
            ("https://rest.iad-01.braze.com\n", E::Pasted(Pasted::LineEnd { position: 29 })),
            ("\u{feff}https://rest.iad-01.braze.com", E::Pasted(Pasted::ByteOrderMark)),
            ("'https://rest.iad-01.braze.com'", E::Pasted(Pasted::Quotes)),
            ("BRAZE_BASE_URL=https://rest.iad-01.braze.com", E::Pasted(Pasted::Assignment)),
            ("https://rest.<instance>.braze.com", E::Pasted(Pasted::Placeholder)),
            ("https://${HOST}", E::Pasted(Pasted::Placeholder)),
            ("https://https://rest.iad-01.braze.com", E::DoubledScheme),
            ("https://HTTP://rest.iad-01.braze.com", E::DoubledScheme),
            ("https://https//rest.iad-01.braze.com", E::DoubledScheme),
            ("https://https:rest.iad-01.braze.com", E::DoubledScheme),
            ("https://user:password@rest.iad-01.braze.com", E::UserInfo),
            ("https://rest.iad-01.braze.com@evil.example", E::UserInfo),
            ("https://rest.iad-01.braze.com/segments/list", E::WholeAddress),
            ("https://rest.iad-01.braze.com/segments/list/", E::WholeAddress),
            ("https://gateway.example/braze/Segments/List", E::WholeAddress),
            ("https://rest.iad-01.braze.com/braze", E::PathAtBraze),
            ("https://rest.new-77.braze.eu/braze", E::PathAtBraze),
            ("https://gateway.example/braze?x=1", E::Tail),
            ("https://gateway.example/braze#x", E::Tail),
            ("https://gateway.example/..", E::Path),
            ("https://gateway.example/a/../b", E::Path),
            ("https://gateway.example/a/./b", E::Path),
            ("https://gateway.example/a/%2e%2E", E::Path),
            ("https://gateway.example/.%2e/b", E::Path),
            ("https://gateway.example/%2E", E::Path),
            ("https://gateway.example/a%2fb", E::Path),
            ("https://gateway.example/a%5Cb", E::Path),
            ("https://gateway.example/a\\b", E::Path),
            ("https://gateway.example/a%252e", E::Path),
            ("https://gateway.example/a%3Fb", E::Path),
            ("https://gateway.example/a%00", E::Path),
            ("https://gateway.example/a%0D%0Ab", E::Path),
            ("https://gateway.example/a%", E::Path),
            ("https://gateway.example/a%4", E::Path),
            ("https://gateway.example/a%zz", E::Path),
            ("https://gateway.example/a//b", E::Path),
            ("https://gateway.example/a//", E::Path),
            ("https://gateway.example/br\u{e4}ze", E::Path),
            ("https://gateway.example/a|b", E::Path),
            ("https://rest.iad-01.braze.com?x=1", E::Tail),
            ("https://rest.iad-01.braze.com#x", E::Tail),
            ("https://rest.iad-01.braze.com//", E::Path),
            ("https://evil.example\\@rest.iad-01.braze.com", E::Host),
            ("https://", E::Host),
            ("https://.", E::Host),
            ("https://a..b", E::Host),
            ("https://rest.iad-01.braze.com.", E::Host),
            ("https://rest iad.braze.com", E::Pasted(Pasted::Blank { position: 12 })),
            ("https://-a.example", E::Host),
            ("https://a*b.example", E::Host),
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
            ("https://h:8 0", E::Pasted(Pasted::Blank { position: 11 })),
            ("https://h:8x", E::Port),
            ("http://rest.iad-01.braze.com", E::PlainHttp),
            ("http://127.0.0.1.evil.com", E::PlainHttp),
            ("http://[::ffff:127.0.0.1]", E::PlainHttp),
            ("http://localhost.evil.com", E::PlainHttp),
            ("http://10.0.0.1", E::PlainHttp),
            ("http://braze_mock:8080", E::PlainHttp),
            ("http://localhost_:8080", E::PlainHttp),
            ("http://localhost.", E::Host),
            ("https://sdk.iad-01.braze.com", E::NotRest { instance: Instance::Us01 }),
            ("https://dashboard-01.braze.eu", E::NotRest { instance: Instance::Eu01 }),
            ("https://dashboard-01.braze.eu/a/b?c", E::NotRest { instance: Instance::Eu01 }),
            ("https://rest.us-01.braze.com", E::NotRest { instance: Instance::Us01 }),
            ("https://customer.iad-03.braze.com", E::NotRest { instance: Instance::Us03 }),
        ] {
            assert_eq!(Endpoint::new(url), Err(reason), "{url}");
        }
    }

    #[test]
    fn c5_plain_http_elsewhere_is_asked_for_by_name() {
        assert!(Endpoint::insecure("http://braze_mock:8080").is_ok());
        let endpoint = Endpoint::insecure("http://gateway.example").unwrap();
        assert_eq!((endpoint.port(), endpoint.is_loopback()), (80, false));
    }

    #[test]
    fn a_path_has_an_end() {
        let url = |len: usize| format!("https://gateway.example/{}", "a".repeat(len - 1));
        assert!(Endpoint::new(&url(MAX_PATH)).is_ok());
        assert_eq!(Endpoint::new(&url(MAX_PATH + 1)), Err(InvalidEndpoint::Path));
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
