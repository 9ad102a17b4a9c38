//! Any text is an endpoint in one form, or is refused without being repeated.

use segments_core::{Api, ApiKey, Endpoint, ListRequest};

use super::KEY;

/// Checks the input as a base URL.
pub fn check(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    any_url(&text);
    any_url(&format!("https://{text}"));
    any_url(&format!("http://{text}"));
    any_url(&format!("https://gateway.example/{text}"));
}

/// Something that no text of the crate holds.
const CANARY: &str = "canary-51f7";

/// What is taken has one form, sends requests there, and is plain only on loopback; what is not
/// taken is not repeated.
///
/// # Panics
/// When violated.
pub fn any_url(url: &str) {
    for insecure in [false, true] {
        let parse = if insecure { Endpoint::insecure } else { Endpoint::new };
        if let Ok(endpoint) = parse(url) {
            sound(url, &endpoint);
            assert_eq!(parse(&endpoint.to_string()).as_ref(), Ok(&endpoint));
            assert!(insecure || endpoint.is_https() || endpoint.is_loopback());
        }
    }

    for place in [0, url.len() / 2, url.len()] {
        let Some((before, after)) = url.split_at_checked(place) else { continue };
        let url = format!("{before}{CANARY}{after}");
        if let Err(error) = Endpoint::new(&url) {
            assert!(!format!("{error} {error:?}").contains(CANARY));
        }
    }
}

fn sound(url: &str, endpoint: &Endpoint) {
    let text = endpoint.to_string();
    // Nothing is added to what was written, but for brackets' content, which has one form too.
    assert!(text.contains('[') || url.to_ascii_lowercase().contains(endpoint.host()), "{url}");
    assert!(!endpoint.host().is_empty() && endpoint.port() > 0);

    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let host = |byte: u8| plain(byte) || b"-._:".contains(&byte);

    assert!(endpoint.host().bytes().all(host), "{url}");

    let path = endpoint.path();
    assert!(url.trim_end_matches('/').ends_with(path) && text.ends_with(path), "{url}");
    assert!(path.is_empty() || (path.starts_with('/') && !path.ends_with('/')), "{url}");

    // However often somebody on the way decodes it, it has the same segments.
    let mut decoded = path.as_bytes().to_vec();
    for _ in 0..3 {
        let segments = || decoded.split(|byte| *byte == b'/');
        assert_eq!(segments().count(), path.split('/').count(), "{url}");
        assert!(!segments().skip(1).any(|part| matches!(part, b"" | b"." | b"..")), "{url}");
        assert!(!decoded.iter().any(|byte| b"\\?#\r\n\0".contains(byte)), "{url}");
        decoded = percent_decoded(&decoded);
    }

    let api = Api::new(endpoint.clone(), ApiKey::new(KEY).expect("a key"));
    let request = api.request(ListRequest::page(7));

    assert_eq!(request.uri().to_string(), format!("{text}/segments/list?page=7"));
    assert_eq!(
        request.uri().host().map(|host| host.trim_matches(['[', ']'])),
        Some(endpoint.host())
    );

    let port = request.uri().port_u16();
    assert_eq!(port.unwrap_or(if endpoint.is_https() { 443 } else { 80 }), endpoint.port());
}

fn percent_decoded(bytes: &[u8]) -> Vec<u8> {
    let mut decoded = Vec::new();
    let mut rest = bytes;

    while let Some((byte, behind)) = rest.split_first() {
        let escape = behind.first_chunk::<2>().filter(|_| *byte == b'%');
        let value = escape
            .and_then(|digits| u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok());
        decoded.push(value.unwrap_or(*byte));
        rest = if value.is_some() { &behind[2..] } else { behind };
    }

    decoded
}
