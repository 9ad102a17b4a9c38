//! Any text is an endpoint in one form, or is refused without being repeated.

use segments_core::{Api, ApiKey, Endpoint, ListRequest};

use super::KEY;

/// Checks the input as a base URL.
pub fn check(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    any_url(&text);
    any_url(&format!("https://{text}"));
    any_url(&format!("http://{text}"));
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
    let host = |byte: u8| plain(byte) || b"-.:".contains(&byte);
    assert!(endpoint.host().bytes().all(host), "{url}");
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
