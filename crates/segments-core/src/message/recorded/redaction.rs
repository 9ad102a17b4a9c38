//! The key in what a server said, to be recorded without it.

use crate::message::request::ApiKey;

/// The bytes with the key redacted, if it is in them: as it is, or in escapes of JSON.
pub(super) fn redacted(bytes: &[u8], key: &ApiKey) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut is_redacted = false;

    for chunk in bytes.utf8_chunks() {
        match redacted_text(chunk.valid(), key) {
            Some(text) => {
                is_redacted = true;
                out.extend(text.into_bytes());
            }
            None => out.extend(chunk.valid().bytes()),
        }
        out.extend(chunk.invalid());
    }
    is_redacted.then_some(out)
}

fn redacted_text(text: &str, key: &ApiKey) -> Option<String> {
    let redacted = key.redact(text);
    let is_redacted = redacted != text;
    if !text.contains('\\') {
        return is_redacted.then_some(redacted);
    }

    // What escapes hide is looked for in the text without them, which then means the same.
    let plain = unescaped(&redacted);
    let redacted_plain = key.redact(&plain);
    if redacted_plain == plain { is_redacted.then_some(redacted) } else { Some(redacted_plain) }
}

/// The text without the escapes that JSON does not need: `\u0041` is `A`.
fn unescaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;

    while let Some(at) = rest.find('\\') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];

        let len = if let Some((character, len)) = unneeded_escape(rest) {
            out.push(character);
            len
        } else {
            // With what it escapes, which may be another backslash.
            let len = 1 + rest[1..].chars().next().map_or(0, char::len_utf8);
            out.push_str(&rest[..len]);
            len
        };
        rest = &rest[len..];
    }

    out.push_str(rest);
    out
}

/// The visible character of ASCII whose escape a text begins with, unless JSON has to escape it; and
/// the length of the escape.
fn unneeded_escape(text: &str) -> Option<(char, usize)> {
    if text.starts_with("\\/") {
        return Some(('/', 2));
    }
    let code = text.strip_prefix("\\u00")?.get(..2)?;
    let character = char::from(u8::from_str_radix(code, 16).ok()?);
    let is_unneeded = character.is_ascii_graphic() && !matches!(character, '"' | '\\');
    is_unneeded.then_some((character, "\\u0041".len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn redacted(key: &str, bytes: &[u8]) -> Option<String> {
        let key = ApiKey::new(key).unwrap();
        super::redacted(bytes, &key).map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
    }

    #[test]
    fn the_key_is_found_however_it_is_written() {
        const KEY: &str = "CANARY/0123456789";
        let escaped = KEY.bytes().fold(String::new(), |all, byte| all + &format!("\\u{byte:04X}"));
        let in_json = format!(r#"{{"a":"\"","message":"{escaped}"}}"#);
        let twice = format!("{KEY} {escaped}");
        let no_escape = format!("\\{escaped}");

        for (text, expected) in [
            ("no such key: canary/0123456789", Some("no such key: ***")),
            (r"a part: CANARY\/01", Some("a part: ***")),
            (&in_json, Some(r#"{"a":"\"","message":"***"}"#)),
            (&twice, Some("*** ***")),
            // A backslash that is escaped, and text behind it.
            (&no_escape, Some(r"\\u0043***")),
            (r"caf\u00e9 \u0022CANARY\u0022 \ud83d\n", None),
            ("", None),
            ("\\", None),
            ("\\u00", None),
            ("\\é\\u00é", None),
        ] {
            assert_eq!(redacted(KEY, text.as_bytes()).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn bytes_that_are_no_text_stay_as_they_are() {
        let bytes = b"\xff CANARY-0123456789 \xfe";
        let key = ApiKey::new("CANARY-0123456789").unwrap();
        assert_eq!(super::redacted(bytes, &key).unwrap(), b"\xff *** \xfe");
        assert_eq!(super::redacted(b"\xff\xfe", &key), None);
    }
}
