use std::fmt;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use http::Uri;
use percent_encoding::percent_decode_str;

use segments_core::{TransportError, TransportErrorKind};

use crate::client_error::ClientError;

/// A proxy that opens tunnels (`CONNECT`). The connection to it is plain HTTP.
#[derive(Clone, PartialEq, Eq)]
pub struct Proxy {
    uri: Uri,
    authorization: Option<String>,
}

impl Proxy {
    /// Reads `http://[user:password@]host[:port]`. The scheme can be left out.
    ///
    /// # Errors
    /// [`ClientError::InvalidProxy`] for another form or scheme. The error does not hold the text,
    /// which may hold a password.
    pub fn new(url: &str) -> Result<Self, ClientError> {
        let invalid = || ClientError::InvalidProxy;
        let rest = match url.split_once("://") {
            Some((scheme, rest)) if scheme.eq_ignore_ascii_case("http") => rest,
            Some(_) => return Err(ClientError::InvalidProxy),
            None => url,
        };

        let (authority, tail) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
        if !matches!(tail, "" | "/") {
            return Err(ClientError::InvalidProxy);
        }

        let (credentials, address) = match authority.rsplit_once('@') {
            Some((credentials, address)) => (Some(credentials), address),
            None => (None, authority),
        };

        let uri: Uri = format!("http://{address}/").parse().map_err(|_| invalid())?;
        let host = uri.host().filter(|host| !host.is_empty()).ok_or_else(invalid)?;
        // `http::Uri` reads port 99999 as no port at all.
        let port = address.strip_prefix(host).ok_or_else(invalid)?;
        if !port.is_empty() && uri.port_u16().is_none_or(|port| port == 0) {
            return Err(ClientError::InvalidProxy);
        }

        Ok(Self { authorization: credentials.map(basic), uri })
    }

    /// Its address, `http://host[:port]/`, without the credentials.
    pub fn uri(&self) -> &Uri {
        &self.uri
    }

    /// Its address for messages: `host:port`.
    pub fn place(&self) -> String {
        let port = self.uri.port_u16().unwrap_or(80);
        format!("{}:{port}", self.uri.host().unwrap_or_default())
    }

    /// The failure of a request that did not get through this proxy.
    pub fn failure(&self, why: &str) -> TransportError {
        TransportError::new(TransportErrorKind::Proxy, format!("{}: {why}", self.place()))
    }

    /// The value of `Proxy-Authorization`, if there are credentials.
    pub(crate) fn authorization(&self) -> Option<&str> {
        self.authorization.as_deref()
    }
}

/// Percent-encoding is decoded: a password may hold characters that would end it in a URL.
fn basic(credentials: &str) -> String {
    let (user, password) = credentials.split_once(':').unwrap_or((credentials, ""));
    let plain = |text| percent_decode_str(text).collect::<Vec<u8>>();
    let pair = [plain(user), b":".to_vec(), plain(password)].concat();
    format!("Basic {}", BASE64_STANDARD.encode(pair))
}

impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Proxy")
            .field("uri", &self.uri)
            .field("credentials", &self.authorization.is_some())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_plain_proxy_is_refused() {
        for url in [
            "",
            "https://proxy",
            "socks5://proxy",
            "http://",
            "ftp://proxy",
            "a b",
            "http://proxy/path",
            "http://proxy?x",
            "http://proxy:0",
            "http://proxy:99999",
            "http://proxy:",
            "http://user:secret@",
            "user:secret@proxy:x",
        ] {
            assert_eq!(Proxy::new(url).unwrap_err(), ClientError::InvalidProxy, "{url}");
        }
    }

    #[test]
    fn the_parts_of_a_proxy() {
        let read = |url: &str| {
            let proxy = Proxy::new(url).unwrap();
            (proxy.place(), proxy.authorization().map(str::to_owned))
        };
        let basic = |pair: &str| Some(format!("Basic {}", BASE64_STANDARD.encode(pair)));
        assert_eq!(read("http://proxy:3128"), ("proxy:3128".into(), None));
        assert_eq!(read("HTTP://proxy/"), ("proxy:80".into(), None));
        assert_eq!(read("proxy"), ("proxy:80".into(), None));
        assert_eq!(read("http://[::1]:8080"), ("[::1]:8080".into(), None));
        assert_eq!(read("user@proxy:1"), ("proxy:1".into(), basic("user:")));
        assert_eq!(read("http://u:p%40%3a@proxy"), ("proxy:80".into(), basic("u:p@:")));
        assert_eq!(read("http://u:a@b@proxy"), ("proxy:80".into(), basic("u:a@b")));
    }

    #[test]
    fn a_password_is_shown_nowhere() {
        let proxy = Proxy::new("http://user:secret@proxy:3128").unwrap();
        let shown = format!("{proxy:?} {} {}", proxy.uri(), proxy.place());
        assert!(!shown.contains("secret") && !shown.contains("dXNlcjpzZWNyZXQ"), "{shown}");
    }
}
