use crate::message::request::ApiKey;

/// The longest text of a server that is kept, in characters.
const MAX_LENGTH: usize = 256;

/// The rest of a text is not read at all, so that a long one costs nothing.
const MAX_READ: usize = 4096;

/// A text of the server, made safe to show: key redacted, control characters escaped, cut.
pub(super) fn sanitized(text: &str, key: &ApiKey) -> Box<str> {
    let text = key.redact(beginning(text));

    let is_short_and_printable =
        text.len() <= MAX_LENGTH && text.bytes().all(|byte| matches!(byte, b' '..=b'~'));
    if is_short_and_printable {
        return text.into_boxed_str();
    }

    let mut out = String::new();
    for (count, character) in text.chars().enumerate() {
        if count == MAX_LENGTH {
            out.push('…');
            break;
        }
        if is_plain(character) {
            out.push(character);
        } else {
            out.extend(character.escape_unicode());
        }
    }
    out.into_boxed_str()
}

/// The first characters of a text, as many as are read.
fn beginning(text: &str) -> &str {
    if text.len() <= MAX_READ {
        return text;
    }
    let end = text.char_indices().nth(MAX_READ).map_or(text.len(), |(index, _)| index);
    &text[..end]
}

/// Whether a character only shows itself, and moves, hides or reorders nothing.
fn is_plain(character: char) -> bool {
    !character.is_control()
        && !matches!(character,
            '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}')
}
