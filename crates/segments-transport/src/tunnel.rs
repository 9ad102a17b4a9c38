use httparse::{EMPTY_HEADER, Response, Status};
use segments_core::{TransportError, TransportErrorKind};

use crate::limits::MAX_HEADERS;
use crate::proxy::Proxy;

/// The longest head of a response to `CONNECT`.
const MAX_HEAD: usize = 64 << 10;

/// The request for a tunnel to `host:port`. An IPv6 address has brackets.
pub fn tunnel_request(proxy: &Proxy, host: &str, port: u16) -> Vec<u8> {
    let mut request = format!("CONNECT {host}:{port} HTTP/1.1\r\nHost: {host}:{port}\r\n");
    if let Some(authorization) = proxy.authorization() {
        request.extend(["Proxy-Authorization: ", authorization, "\r\n"]);
    }
    request.push_str("\r\n");
    request.into_bytes()
}

/// Reads the response to `CONNECT`: the length of its head once the tunnel is open, or `None` if
/// more bytes have to come.
///
/// # Errors
/// If the proxy refuses, does not reach the server, or does not speak HTTP.
pub fn tunnel_response(proxy: &Proxy, bytes: &[u8]) -> Result<Option<usize>, TransportError> {
    let mut headers = [EMPTY_HEADER; MAX_HEADERS];
    let mut response = Response::new(&mut headers);
    let head = match response.parse(bytes) {
        Ok(Status::Complete(head)) => head,
        Ok(Status::Partial) if bytes.len() < MAX_HEAD => return Ok(None),
        _ => return Err(proxy.failure("its response is not HTTP, or too long")),
    };

    let status = response.code.unwrap_or_default();
    if (200..300).contains(&status) {
        return Ok(Some(head));
    }
    Err(proxy_refusal(&proxy.place(), status))
}

/// The failure of a tunnel that a proxy refused with this status.
pub fn proxy_refusal(proxy: &str, status: u16) -> TransportError {
    let name = http::StatusCode::from_u16(status).ok().and_then(|code| code.canonical_reason());
    let detail = match name {
        Some(name) => format!("{proxy}: it responded {status} {name}"),
        None => format!("{proxy}: it responded {status}"),
    };
    TransportError::new(refusal(status), detail)
}

/// A retry can outlast the errors of a server and a limit of requests, but no refusal.
fn refusal(status: u16) -> TransportErrorKind {
    match status {
        501 | 505 => TransportErrorKind::ProxyRefused,
        408 | 425 | 429 | 500.. => TransportErrorKind::ProxyUnavailable,
        _ => TransportErrorKind::ProxyRefused,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proxy() -> Proxy {
        Proxy::new("http://user:pass@proxy:3128").unwrap()
    }

    fn refused(bytes: &str) -> TransportError {
        tunnel_response(&proxy(), bytes.as_bytes()).unwrap_err()
    }

    #[test]
    fn a_tunnel_is_asked_for_with_credentials() {
        let request = String::from_utf8(tunnel_request(&proxy(), "[::2]", 443)).unwrap();
        assert_eq!(
            request,
            "CONNECT [::2]:443 HTTP/1.1\r\nHost: [::2]:443\r\n\
             Proxy-Authorization: Basic dXNlcjpwYXNz\r\n\r\n"
        );
    }

    #[test]
    fn a_whole_head_opens_the_tunnel_and_half_of_one_does_not() {
        for head in ["HTTP/1.1 200 OK\r\n\r\n", "HTTP/1.0 204 x\r\nvia: a\r\n\r\n"] {
            for end in 0..head.len() {
                assert_eq!(tunnel_response(&proxy(), &head.as_bytes()[..end]), Ok(None), "{end}");
            }
            let more = [head, "more"].concat();
            assert_eq!(tunnel_response(&proxy(), more.as_bytes()), Ok(Some(head.len())));
        }
    }

    #[test]
    fn a_refusal_is_final_and_an_outage_is_not() {
        for (status, kind) in [
            (301, TransportErrorKind::ProxyRefused),
            (400, TransportErrorKind::ProxyRefused),
            (403, TransportErrorKind::ProxyRefused),
            (405, TransportErrorKind::ProxyRefused),
            (407, TransportErrorKind::ProxyRefused),
            (501, TransportErrorKind::ProxyRefused),
            (408, TransportErrorKind::ProxyUnavailable),
            (429, TransportErrorKind::ProxyUnavailable),
            (500, TransportErrorKind::ProxyUnavailable),
            (502, TransportErrorKind::ProxyUnavailable),
            (503, TransportErrorKind::ProxyUnavailable),
            (504, TransportErrorKind::ProxyUnavailable),
            (522, TransportErrorKind::ProxyUnavailable),
        ] {
            let failure = refused(&format!("HTTP/1.1 {status} x\r\n\r\n"));
            assert_eq!(failure.kind(), kind, "{status}");
            let said = failure.to_string();
            assert_eq!(said.matches(&status.to_string()).count(), 1, "{said}");
        }
        assert_eq!(refused("SSH-2.0-x\r\n\r\n").kind(), TransportErrorKind::Proxy);
        let endless = format!("HTTP/1.1 200 OK\r\nx: {}", "x".repeat(MAX_HEAD));
        assert_eq!(refused(&endless).kind(), TransportErrorKind::Proxy);
    }
}
