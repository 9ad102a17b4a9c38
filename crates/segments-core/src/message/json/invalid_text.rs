//! Invalid text in JSON strings: bytes that are not UTF-8, unpaired surrogates (half an emoji),
//! unescaped control characters.
//!
//! `serde_json` refuses a whole body for one of them. This finds and replaces them.

use std::ops::Range;

/// Where a text is invalid within a string, in order. Total, whatever the bytes are.
pub(crate) struct InvalidTexts<'a> {
    json: &'a [u8],
    at: usize,
    in_string: bool,
}

/// How a text is invalid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum InvalidText {
    /// An escaped half of a surrogate pair, without the other.
    UnpairedSurrogate,
    /// A control character that is not escaped.
    ControlCharacter,
}

impl<'a> InvalidTexts<'a> {
    pub(crate) fn of(json: &'a str) -> Self {
        Self { json: json.as_bytes(), at: 0, in_string: false }
    }

    /// Skips the escape that is next. Returns it if it is an unpaired surrogate.
    fn escape(&mut self) -> Option<Range<usize>> {
        let start = self.at;

        match self.unit(start) {
            Some(0xd800..0xdc00) if matches!(self.unit(start + 6), Some(0xdc00..0xe000)) => {
                self.at += 12;
            }
            Some(0xd800..0xe000) => {
                self.at += 6;
                return Some(start..self.at);
            }
            Some(_) => self.at += 6,
            None => self.at += 2,
        }
        None
    }

    /// The number of the escape `\uXXXX` at this place.
    fn unit(&self, at: usize) -> Option<u32> {
        let digits = self.json.get(at..at + 6)?.strip_prefix(b"\\u")?;
        let value = |digit: &u8| char::from(*digit).to_digit(16);
        digits.iter().try_fold(0, |unit, digit| Some(unit << 4 | value(digit)?))
    }
}

impl Iterator for InvalidTexts<'_> {
    type Item = (Range<usize>, InvalidText);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            match (*self.json.get(self.at)?, self.in_string) {
                (b'"', _) => self.in_string = !self.in_string,
                (b'\\', true) => {
                    if let Some(half) = self.escape() {
                        return Some((half, InvalidText::UnpairedSurrogate));
                    }
                    continue;
                }
                (0..0x20, true) => {
                    self.at += 1;
                    return Some((self.at - 1..self.at, InvalidText::ControlCharacter));
                }
                _ => {}
            }
            self.at += 1;
        }
    }
}

/// The body with `mark` in place of everything in it that is no text.
pub(crate) fn replace(body: &[u8], mark: char) -> String {
    let mut text = String::with_capacity(body.len());
    for chunk in body.utf8_chunks() {
        text.push_str(chunk.valid());
        if !chunk.invalid().is_empty() {
            text.push(mark);
        }
    }

    let mut out = String::with_capacity(text.len());
    let mut end = 0;
    for (range, _) in InvalidTexts::of(&text) {
        out.push_str(&text[end..range.start]);
        out.push(mark);
        end = range.end;
    }
    out.push_str(&text[end..]);
    out
}

/// A character that the body holds nowhere, escaped or not. Unicode keeps these for such uses, and
/// promises that they never mean anything.
pub(crate) fn unused_mark(body: &[u8]) -> Option<char> {
    let text = String::from_utf8_lossy(body).to_ascii_lowercase();
    ('\u{fdd0}'..='\u{fdef}')
        .find(|mark| !text.contains(*mark) && !text.contains(&format!("{:x}", u32::from(*mark))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_text_is_found_within_strings_alone() {
        let found = |json: &str| InvalidTexts::of(json).collect::<Vec<_>>();

        for json in [
            r#"{"a":"\ud83d\ude00","b\\":"\\ud83d"}"#,
            "[\"\u{1f600}\",\n\t1]\u{1}",
            r#""\ud83"#,
            r#""\u00e9\n"#,
            r"\ud83d",
        ] {
            assert_eq!(found(json), [], "{json}");
        }

        let half = |at| (at..at + 6, InvalidText::UnpairedSurrogate);
        assert_eq!(found(r#"["\ud83d"]"#), [half(2)]);
        assert_eq!(found(r#"["\ud83d\ud83d\ude00\uDE00"]"#), [half(2), half(20)]);
        assert_eq!(found(r#"["\ud83d\n"]"#), [half(2)]);
        assert_eq!(found("[\"a\tb\"]"), [(3..4, InvalidText::ControlCharacter)]);
    }

    #[test]
    fn a_mark_takes_the_place_of_each() {
        let replaced = |body: &[u8]| replace(body, '*');
        assert_eq!(replaced(b"[\"a\xffb\xc3\",\"\\ud83d!\",\"\x01\"]"), "[\"a*b*\",\"*!\",\"*\"]");
        assert_eq!(replaced(br#"["\ud83d\ude00\\ud83d"]"#), r#"["\ud83d\ude00\\ud83d"]"#);
        assert_eq!(unused_mark(b"{}"), Some('\u{fdd0}'));
        assert_eq!(unused_mark("\u{fdd0} \\uFDD1".as_bytes()), Some('\u{fdd2}'));
    }
}
