/// Words that decide how a response is read; all other text is only carried.
const WORDS: &[&str] = &[
    "segments",
    "message",
    "error",
    "errors",
    "id",
    "name",
    "analytics_tracking_enabled",
    "tags",
    "success",
];

/// The same JSON with every letter and digit of its strings replaced by `x`, byte for byte, but for
/// the words that the reader knows. Escapes stay. Where the input is no JSON the strings are those
/// that a reader sees before it finds out.
pub(super) fn mask(json: &[u8]) -> Vec<u8> {
    let mut out = json.to_vec();
    let mut at = 0;

    while let Some(open) = json[at..].iter().position(|byte| *byte == b'"').map(|open| at + open) {
        let end = end_of_string(json, open + 1);
        let token = &json[open..json.len().min(end + 1)];
        let known = serde_json::from_slice::<String>(token)
            .is_ok_and(|text| WORDS.contains(&text.as_str()));
        if !known {
            mask_letters(&mut out[open + 1..end]);
        }
        at = json.len().min(end + 1);
    }

    out
}

/// Where the quote that ends the string stands, or the end of the input.
fn end_of_string(json: &[u8], mut at: usize) -> usize {
    while at < json.len() && json[at] != b'"' {
        at += if json[at] == b'\\' { 2 } else { 1 };
    }
    at.min(json.len())
}

fn mask_letters(text: &mut [u8]) {
    let mut at = 0;
    while at < text.len() {
        if text[at] == b'\\' {
            at += if text.get(at + 1) == Some(&b'u') { 6 } else { 2 };
            continue;
        }
        if text[at].is_ascii_alphanumeric() {
            text[at] = b'x';
        }
        at += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::mask;

    #[test]
    fn only_carried_text_is_masked() {
        let masked = |json: &str| String::from_utf8(mask(json.as_bytes())).unwrap();
        assert_eq!(masked(r#"{"id":"a\"1é","x y":[1,true]}"#), r#"{"id":"x\"xé","x x":[1,true]}"#);
        assert_eq!(masked(r#"{"\u0069d":"\u00e9z"}"#), r#"{"\u0069d":"\u00e9x"}"#);
        assert_eq!(masked(r#"["cut of"#), r#"["xxx xx"#);
        assert_eq!(masked("\"cut\\"), "\"xxx\\");
    }
}
