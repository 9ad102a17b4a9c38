//! The nesting of a JSON text, without its values. The text must be valid JSON.

/// How deep arrays and objects may be nested: the limit of `serde_json`.
pub(crate) const MAX_DEPTH: usize = 128;

/// How deep arrays and objects are nested.
pub(crate) fn depth(json: &str) -> usize {
    let bytes = json.as_bytes();
    let (mut at, mut depth, mut deepest) = (0, 0_usize, 0);

    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => at = end_of_string(bytes, at + 1),
            b'[' | b'{' => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        at += 1;
    }
    deepest
}

/// The first key of the outermost object, other than `errors`, with an array or an object.
pub(crate) fn first_container_key(json: &str) -> Option<String> {
    let bytes = json.as_bytes();
    let (mut at, mut depth) = (0, 0_usize);
    let mut last_string = "";

    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => {
                let end = end_of_string(bytes, at + 1);
                if depth == 1 {
                    last_string = &json[at..=end];
                }
                at = end;
            }
            b'[' | b'{' => {
                if depth == 1 {
                    let key: String = serde_json::from_str(last_string).ok()?;
                    if key != "errors" {
                        return Some(key);
                    }
                }
                depth += 1;
            }
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        at += 1;
    }
    None
}

/// The position of the quote that ends a string, or of the last byte.
fn end_of_string(bytes: &[u8], mut at: usize) -> usize {
    while let Some(byte) = bytes.get(at).filter(|byte| **byte != b'"') {
        at += if *byte == b'\\' { 2 } else { 1 };
    }
    at.min(bytes.len().saturating_sub(1))
}
