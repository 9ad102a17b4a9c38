//! Any bytes are a key that goes into one header line and nowhere else, or are refused without
//! being repeated.

use http::header::AUTHORIZATION;
use segments_core::request::InvalidApiKey;
use segments_core::{Api, ApiKey, Instance, ListRequest};

use super::Source;

/// Checks a key, and the rest as a text that a server says.
pub fn check(input: &[u8]) {
    let mut source = Source::new(input);
    let key = source.blob();
    let text = String::from_utf8_lossy(source.rest()).into_owned();
    any_key(key);
    struck_out(key, &text);
    any_product(&text);
}

/// Something that no text of the crate holds.
const CANARY: &[u8] = b"CANARY-51f7";

/// # Panics
/// When violated.
pub fn any_key(bytes: &[u8]) {
    let visible = bytes.iter().all(|byte| (0x21..=0x7E).contains(byte));
    let valid = visible && !bytes.is_empty() && bytes.len() <= ApiKey::MAX_LEN;
    let made = ApiKey::new(bytes);

    // What is visible is refused only where it plainly is something else.
    let named = matches!(
        made,
        Err(InvalidApiKey::Pasted(_) | InvalidApiKey::Address | InvalidApiKey::Bearer)
    );
    assert!(if valid { made.is_ok() || named } else { made.is_err() });

    if let Ok(key) = made {
        assert_eq!(format!("{key:?}"), "ApiKey(***)");
        assert!(key.matches(bytes) && !key.matches(&bytes[1..]));
        let api = Api::new(Instance::Eu01.into(), key);
        let request = api.request(ListRequest::default());
        let lines = request.headers().get_all(AUTHORIZATION);
        let values: Vec<&[u8]> = lines.iter().map(http::HeaderValue::as_bytes).collect();
        assert_eq!(values, [[b"Bearer ", bytes].concat()]);
    }

    for place in [0, bytes.len() / 2, bytes.len()] {
        let key = [&bytes[..place], CANARY, &bytes[place..]].concat();
        if let Err(error) = ApiKey::new(key) {
            assert!(!format!("{error} {error:?}").contains("CANARY"));
        }
    }
}

/// No text keeps the key, or eight characters of a longer one, and a text without them stays.
///
/// # Panics
/// When violated.
pub fn struck_out(key: &[u8], text: &str) {
    let (Ok(checked), Ok(key)) = (ApiKey::new(key), std::str::from_utf8(key)) else { return };
    // Stars could be part of the key itself, and then nothing could be said.
    if key.contains('*') {
        return;
    }

    let lower = key.to_ascii_lowercase();
    let parts = || lower.as_bytes().windows(lower.len().min(8));
    let holds = |text: &str| {
        let text = text.to_ascii_lowercase();
        parts().any(|part| text.as_bytes().windows(part.len()).any(|window| window == part))
    };

    for text in [text.to_owned(), format!("{text}{key}"), format!("{key}{text}{key}")] {
        let struck = checked.redact(&text);
        assert!(!holds(&struck), "{text:?} became {struck:?}");
        assert!(holds(&text) || struck == text, "{text:?} became {struck:?}");
    }
}

/// No product name makes a header line of its own.
fn any_product(product: &str) {
    let key = ApiKey::new("k").expect("a key");
    if let Ok(api) = Api::new(Instance::Eu01.into(), key).with_user_agent(product) {
        let agent = api.request(ListRequest::default()).headers()["user-agent"].clone();
        assert!(agent.as_bytes().iter().all(|byte| (b' '..=b'~').contains(byte)));
        assert!(agent.as_bytes().ends_with(product.trim().as_bytes()));
    }
}
