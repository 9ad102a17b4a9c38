use std::net::{IpAddr, SocketAddr};

use http::header::{CONTENT_TYPE, HOST, ORIGIN};
use http::uri::Authority;
use http::{HeaderMap, HeaderName, Method};

use crate::admin::refusal::Refusal;

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Refuses peers on other machines, and requests that a foreign web page could make.
pub(crate) fn check_access(
    peer: SocketAddr,
    method: &Method,
    headers: &HeaderMap,
) -> Result<(), Refusal> {
    if !is_local(peer, headers) {
        return Err(Refusal::NotLoopback);
    }
    if is_from_other_origin(headers) {
        return Err(Refusal::OtherOrigin);
    }

    // Other methods change nothing. The routes refuse them, and name those that are allowed.
    let may_change = matches!(*method, Method::POST | Method::PUT);
    if may_change && !has_json_body(headers) {
        return Err(Refusal::NotJson);
    }

    Ok(())
}

/// Whether the peer is on this machine, and asks for this machine. A page whose name resolves to
/// 127.0.0.1 asks for that name.
pub(crate) fn is_local(peer: SocketAddr, headers: &HeaderMap) -> bool {
    peer.ip().to_canonical().is_loopback() && has_loopback_host(headers)
}

/// Whether a browser says that a page of another origin makes the request: another scheme, host or
/// port. What is no browser says nothing.
fn is_from_other_origin(headers: &HeaderMap) -> bool {
    let is_other_site = |site: &[u8]| site != b"same-origin" && site != b"none";
    let mut sites = headers.get_all(SEC_FETCH_SITE).iter();

    let host = headers.get(HOST).map_or(&b""[..], |host| host.as_bytes());
    let is_other = |origin: &[u8]| {
        let authority = origin.strip_prefix(b"http://");
        authority.is_none_or(|authority| !authority.eq_ignore_ascii_case(host))
    };
    let mut origins = headers.get_all(ORIGIN).iter();

    sites.any(|site| is_other_site(site.as_bytes()))
        || origins.any(|origin| is_other(origin.as_bytes()))
}

/// Whether there is one `Host`, and it names loopback, with or without a port.
fn has_loopback_host(headers: &HeaderMap) -> bool {
    let mut hosts = headers.get_all(HOST).iter();
    let (Some(host), None) = (hosts.next(), hosts.next()) else { return false };
    let Ok(authority) = Authority::try_from(host.as_bytes()) else { return false };

    let name = authority.host();
    let bare = name.strip_prefix('[').and_then(|name| name.strip_suffix(']')).unwrap_or(name);
    let is_loopback = bare.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback());
    let is_localhost = name.eq_ignore_ascii_case("localhost");
    let has_user = authority.as_str().contains('@');

    !has_user && (is_loopback || is_localhost)
}

fn has_json_body(headers: &HeaderMap) -> bool {
    headers.get(CONTENT_TYPE).is_some_and(|value| {
        let media_type = value.as_bytes().split(|byte| *byte == b';').next().unwrap_or_default();
        media_type.trim_ascii().eq_ignore_ascii_case(b"application/json")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_loopback_is_allowed() {
        let status = |peer: &str, host: &str, method: Method, kind: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(HOST, host.parse().unwrap());
            headers.insert(CONTENT_TYPE, kind.parse().unwrap());
            let peer = SocketAddr::new(peer.parse().unwrap(), 9);
            let refusal = check_access(peer, &method, &headers).err();
            refusal.map(|refusal| refusal.into_response().status().as_u16())
        };
        let json = "application/json; charset=utf-8";

        for host in ["127.0.0.1:80", "localhost", "LOCALHOST:1", "[::1]:80", "127.9.9.9"] {
            assert_eq!(status("127.0.0.1", host, Method::POST, json), None, "{host}");
        }

        for host in
            ["evil.example", "127.0.0.1.evil.example", "a@localhost", "10.0.0.1", "", "[::2]"]
        {
            assert_eq!(status("::1", host, Method::GET, json), Some(403), "{host}");
        }

        assert_eq!(status("::ffff:127.0.0.1", "localhost", Method::GET, json), None);
        assert_eq!(status("10.0.0.1", "localhost", Method::GET, json), Some(403));
        assert_eq!(status("::1", "localhost", Method::PUT, "text/plain"), Some(415));
        assert_eq!(status("::1", "localhost", Method::GET, "text/plain"), None);
    }

    #[test]
    fn pages_of_other_origins_are_refused() {
        let is_refused = |origin: &str, site: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(HOST, "localhost:8080".parse().unwrap());
            for (name, value) in [(ORIGIN, origin), (SEC_FETCH_SITE, site)] {
                if value != "absent" {
                    headers.insert(name, value.parse().unwrap());
                }
            }
            let peer = SocketAddr::new("127.0.0.1".parse().unwrap(), 9);
            check_access(peer, &Method::GET, &headers).is_err()
        };

        for origin in ["absent", "http://localhost:8080", "http://LOCALHOST:8080"] {
            for site in ["absent", "same-origin", "none"] {
                assert!(!is_refused(origin, site), "{origin} {site}");
            }
            for site in ["same-site", "cross-site", "", "Same-Origin"] {
                assert!(is_refused(origin, site), "{origin} {site}");
            }
        }
        for origin in ["null", "", "http://localhost", "http://127.0.0.1:8080", "localhost:8080"] {
            assert!(is_refused(origin, "absent"), "{origin}");
        }
    }
}
