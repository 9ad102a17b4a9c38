//! What people paste in place of a value: recognised, so that a refusal can name it.

use std::fmt;

/// What was pasted with a value, or in its place. Never repeats the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Pasted {
    /// It begins with a byte order mark, as some editors on Windows write one.
    ByteOrderMark,
    /// It is UTF-16, as some shells on Windows write files.
    Utf16,
    /// It is in quotation marks.
    Quotes,
    /// It begins with a name and `=`: a line of an `.env` file.
    Assignment,
    /// It is a placeholder: `<your-key>`, `$BRAZE_API_KEY`.
    Placeholder,
    /// It contains a blank.
    Blank {
        /// The offset in bytes, from 0.
        position: usize,
    },
    /// It contains a line end.
    LineEnd {
        /// The offset in bytes, from 0.
        position: usize,
    },
}

impl Pasted {
    /// What surrounds a value, whatever the value is meant to be.
    pub(crate) fn around(bytes: &[u8]) -> Option<Self> {
        if bytes.starts_with(b"\xEF\xBB\xBF") {
            return Some(Self::ByteOrderMark);
        }
        if is_utf16(bytes) {
            return Some(Self::Utf16);
        }

        let text = std::str::from_utf8(bytes).ok()?.trim();
        let (first, last) = (text.chars().next()?, text.chars().next_back()?);

        let is_quoted = text.chars().nth(1).is_some() && is_quote(first) && is_quote(last);
        // A typographic quotation mark is not part of any value, even alone.
        let is_typographic = is_quote(first) && !first.is_ascii();
        if is_quoted || is_typographic {
            return Some(Self::Quotes);
        }

        is_placeholder(text).then_some(Self::Placeholder)
    }

    /// `NAME=value`, if the name, in lower case, holds one of these words.
    pub(crate) fn assignment(text: &str, words: &[&str]) -> Option<Self> {
        let (name, value) = text.split_once('=')?;
        let name = name.trim().to_ascii_lowercase();
        let name = ["export ", "set ", "$env:"]
            .iter()
            .find_map(|word| name.strip_prefix(word))
            .unwrap_or(&name)
            .trim();

        let is_name =
            name.bytes().all(|byte| b"_-.".contains(&byte) || byte.is_ascii_alphanumeric());
        // `…key==` is the end of something in base64.
        let is_value = !value.trim_start_matches('=').is_empty();
        let is_named = words.iter().any(|word| name.contains(word));

        (is_name && is_value && is_named).then_some(Self::Assignment)
    }

    /// A blank or a line end.
    pub(crate) fn space(bytes: &[u8]) -> Option<Self> {
        let text = bytes.utf8_chunks().next()?.valid();
        let (position, space) = text.char_indices().find(|(_, c)| c.is_whitespace())?;
        Some(match space {
            '\r' | '\n' => Self::LineEnd { position },
            _ => Self::Blank { position },
        })
    }
}

/// With its mark, or as ASCII of which every second byte is zero. A line end may have lost a half.
fn is_utf16(bytes: &[u8]) -> bool {
    let zeros = |from: usize| {
        let mut every_second = bytes.iter().skip(from).step_by(2).peekable();
        every_second.peek().is_some() && every_second.all(|byte| *byte == 0)
    };
    bytes.starts_with(b"\xFF\xFE") || bytes.starts_with(b"\xFE\xFF") || zeros(0) || zeros(1)
}

fn is_quote(c: char) -> bool {
    matches!(c, '"' | '\'' | '`' | '“' | '”' | '„' | '‘' | '’' | '‚' | '«' | '»')
}

fn is_placeholder(text: &str) -> bool {
    let within = |open: &str, close: &str| text.starts_with(open) && text.ends_with(close);

    // Without digits, because a key may start with a dollar sign.
    let is_name = |name: &str| {
        !name.is_empty() && name.bytes().all(|byte| byte == b'_' || byte.is_ascii_alphabetic())
    };

    let is_variable = text.strip_prefix('$').is_some_and(is_name)
        || text.strip_prefix('%').and_then(|text| text.strip_suffix('%')).is_some_and(is_name);

    let lower = text.to_ascii_lowercase();
    let has_words = lower.bytes().all(|byte| byte.is_ascii_lowercase() || b"-_ ".contains(&byte));
    let is_yours = has_words && lower.starts_with("your") && lower.ends_with("key");

    let is_redacted = text.chars().count() >= 3
        && text.chars().all(|c| matches!(c, '*' | '•' | '·' | '.' | 'x' | 'X' | '-'))
        && text.contains(|c: char| !c.is_ascii_alphabetic());

    within("<", ">")
        || within("{{", "}}")
        || within("${", "}")
        || is_variable
        || is_yours
        || is_redacted
        || text.contains('…')
}

/// The predicate of a sentence: `the API key …`.
impl fmt::Display for Pasted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ByteOrderMark => {
                f.write_str("starts with a byte order mark (BOM): save it as UTF-8 without one")
            }
            Self::Utf16 => f.write_str("is UTF-16: save it as UTF-8 or ASCII"),
            Self::Quotes => f.write_str("is in quotation marks: remove them"),
            Self::Assignment => {
                f.write_str("starts with the name of a variable: give only what follows `=`")
            }
            Self::Placeholder => f.write_str("is a placeholder: replace it with the real one"),
            Self::Blank { position } => {
                write!(f, "contains a blank at byte {position}: remove it")
            }
            Self::LineEnd { position } => {
                write!(f, "contains a line break at byte {position}: give a single line")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_told_from_values() {
        for text in [
            "<your-key>",
            "<YOUR API KEY>",
            "YOUR-REST-API-KEY",
            "your_api_key",
            "{{api_key}}",
            "${BRAZE_API_KEY}",
            "$BRAZE_API_KEY",
            "%BRAZE_API_KEY%",
            "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx",
            "***",
            "••••••••",
            "emulator-…",
            "...",
        ] {
            assert_eq!(Pasted::around(text.as_bytes()), Some(Pasted::Placeholder), "{text}");
        }

        for text in [
            "75480f9a-4db8-4057-8b7e-4d59bfd73709",
            "key",
            "x",
            "monkey",
            "xxx",
            "$a1b2c3",
            "your",
            "yourkey7",
            "$",
            "%a",
            "a<b>",
            "${a",
        ] {
            assert_eq!(Pasted::around(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn encodings_and_quotation_marks_are_named() {
        let utf16 = |ends: fn(u16) -> [u8; 2]| -> Vec<u8> {
            "key\n".encode_utf16().flat_map(ends).collect()
        };

        for (bytes, expected) in [
            (b"\xEF\xBB\xBFkey".to_vec(), Pasted::ByteOrderMark),
            (utf16(u16::to_le_bytes), Pasted::Utf16),
            (utf16(u16::to_be_bytes), Pasted::Utf16),
            (utf16(u16::to_be_bytes)[..7].to_vec(), Pasted::Utf16),
            ([b"\xFF\xFE", &*utf16(u16::to_le_bytes)].concat(), Pasted::Utf16),
            (b"\"key\"".to_vec(), Pasted::Quotes),
            (b"'key'".to_vec(), Pasted::Quotes),
            (b"`key`".to_vec(), Pasted::Quotes),
            ("“key”".into(), Pasted::Quotes),
            ("„key“".into(), Pasted::Quotes),
            ("«key".into(), Pasted::Quotes),
        ] {
            assert_eq!(Pasted::around(&bytes), Some(expected), "{bytes:?}");
        }

        for bytes in [&b""[..], b"'", b"\"key", b"it's", b"\xff", b"a\0bc"] {
            assert_eq!(Pasted::around(bytes), None, "{bytes:?}");
        }
    }

    #[test]
    fn assignments_have_a_name_of_the_kind() {
        for text in ["BRAZE_API_KEY=a", "export API_KEY = a", "$env:API_KEY=\"a\"", "api-key='a'"] {
            assert_eq!(Pasted::assignment(text, &["key"]), Some(Pasted::Assignment), "{text}");
        }
        for text in ["BRAZE_API_KEY", "bWFnaWNrZXk=", "a2V5key==", "name=a", "a/key=b", "=key"] {
            assert_eq!(Pasted::assignment(text, &["key"]), None, "{text}");
        }
    }

    #[test]
    fn blanks_and_line_ends_have_their_place() {
        for (text, expected) in [
            ("two words", Some(Pasted::Blank { position: 3 })),
            ("\tkey", Some(Pasted::Blank { position: 0 })),
            ("k\u{a0}ey", Some(Pasted::Blank { position: 1 })),
            ("k\r\ney", Some(Pasted::LineEnd { position: 1 })),
            ("key", None),
        ] {
            assert_eq!(Pasted::space(text.as_bytes()), expected, "{text:?}");
        }
    }
}
