//! The usual page, scanned in a single pass: about four times as fast as a general parser.
//!
//! It accepts the shape that every recording has: these keys in this order, without white space. At
//! anything else it gives up without an error, and `serde_json` decodes the body from its start, so
//! that there is one source of errors. What it accepts must mean the same to both; a property and a
//! fuzz target compare them.

use crate::message::json::table::TableBuilder;

/// Scans a whole page into the builder, which checks that its text is UTF-8: all that is left out is
/// known. After `None` the content of the builder is undefined.
pub(crate) fn page(body: &[u8], builder: &mut TableBuilder) -> Option<()> {
    let mut scanner = Scanner { rest: body, unescaped: Vec::new() };

    // Recordings have the segments first, and Braze's documentation the message.
    let message_first = scanner.eat(br#"{"message":"success","segments":["#);
    if !message_first {
        scanner.expect(br#"{"segments":["#)?;
    }
    scanner.segments(builder)?;
    if !message_first {
        scanner.expect(br#","message":"success""#)?;
    }
    scanner.expect(b"}")?;
    let is_space = |byte: &u8| matches!(byte, b' ' | b'\n' | b'\t' | b'\r');
    scanner.rest.iter().all(is_space).then_some(())
}

struct Scanner<'a> {
    rest: &'a [u8],
    /// The last string with escapes, unescaped.
    unescaped: Vec<u8>,
}

impl Scanner<'_> {
    fn segments(&mut self, builder: &mut TableBuilder) -> Option<()> {
        if self.eat(b"]") {
            return Some(());
        }
        self.expect(br#"{"id":""#)?;
        loop {
            self.segment(builder)?;
            if !self.eat(br#"]},{"id":""#) {
                return self.expect(b"]}]");
            }
        }
    }

    /// A segment, from the text of its id to that of its last tag.
    fn segment(&mut self, builder: &mut TableBuilder) -> Option<()> {
        builder.push_part(self.id()?);
        self.expect(br#","name":""#)?;
        builder.push_part(self.string()?);

        self.expect(br#","analytics_tracking_enabled":"#)?;
        let tracking = self.eat(br#"true,"tags":["#);
        if !tracking {
            self.expect(br#"false,"tags":["#)?;
        }

        let mut has_tag = self.eat(b"\"");
        while has_tag {
            builder.push_part(self.string()?);
            has_tag = self.eat(br#",""#);
        }
        builder.end_row(tracking);
        Some(())
    }

    /// The rest of an id, behind its first quote.
    fn id(&mut self) -> Option<&[u8]> {
        match self.rest.split_first_chunk() {
            Some((id, [b'"', rest @ ..])) if is_plain(id) => {
                self.rest = rest;
                Some(id)
            }
            _ => self.string().filter(|id| !id.is_empty()),
        }
    }

    fn expect<const N: usize>(&mut self, bytes: &[u8; N]) -> Option<()> {
        self.eat(bytes).then_some(())
    }

    /// Consumes these bytes, if they are next. A constant length makes that a few register
    /// compares.
    fn eat<const N: usize>(&mut self, bytes: &[u8; N]) -> bool {
        match self.rest.split_first_chunk() {
            Some((next, rest)) if next == bytes => {
                self.rest = rest;
                true
            }
            _ => false,
        }
    }

    /// The rest of a string, behind its first quote.
    fn string(&mut self) -> Option<&[u8]> {
        let (text, rest) = self.rest.split_at(plain(self.rest));
        match rest {
            [b'"', rest @ ..] => {
                self.rest = rest;
                Some(text)
            }
            [b'\\', ..] => {
                self.unescaped.clear();
                self.unescaped.extend_from_slice(text);
                self.rest = rest;
                self.escaped()
            }
            _ => None,
        }
    }

    /// The rest of a string, in which an escape is next.
    #[inline(never)]
    fn escaped(&mut self) -> Option<&[u8]> {
        loop {
            match *self.rest {
                [b'"', ref rest @ ..] => {
                    self.rest = rest;
                    return Some(&self.unescaped);
                }
                [b'\\', escape, ref rest @ ..] => {
                    self.rest = rest;
                    let character = self.escape(escape)?;
                    let mut bytes = [0; 4];
                    self.unescaped.extend_from_slice(character.encode_utf8(&mut bytes).as_bytes());
                }
                _ => {
                    let (text, rest) = self.rest.split_at(plain(self.rest));
                    if text.is_empty() {
                        return None;
                    }
                    self.unescaped.extend_from_slice(text);
                    self.rest = rest;
                }
            }
        }
    }

    fn escape(&mut self, escape: u8) -> Option<char> {
        Some(match escape {
            b'"' | b'\\' | b'/' => char::from(escape),
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => {
                let unit = self.unit()?;
                if !(0xd800..0xdc00).contains(&unit) {
                    return char::from_u32(unit);
                }
                self.expect(b"\\u")?;
                let low = self.unit()?.checked_sub(0xdc00)?;
                return char::from_u32(0x1_0000 + ((unit - 0xd800) << 10 | low))
                    .filter(|_| low < 0x400);
            }
            _ => return None,
        })
    }

    /// Four hexadecimal digits.
    fn unit(&mut self) -> Option<u32> {
        let (digits, rest) = self.rest.split_first_chunk::<4>()?;
        self.rest = rest;
        let value = |digit: &u8| char::from(*digit).to_digit(16);
        digits.iter().try_fold(0, |unit, digit| Some(unit << 4 | value(digit)?))
    }
}

/// Whether all of an id is plain text. Those of the recordings have one length, so that no loop is
/// needed: five words, of which two overlap.
fn is_plain(id: &[u8; 36]) -> bool {
    let word = |place: usize| id[place..place + 8].try_into().expect("eight bytes");
    [0, 8, 16, 24, 28].into_iter().fold(0, |found, place| found | ends(word(place))) == 0
}

/// How many bytes there are before the first that ends plain text in a string: a quote, a backslash,
/// or a control character. Two words at a time, because most strings are that long.
fn plain(bytes: &[u8]) -> usize {
    let mut rest = bytes;
    while let Some((words, after)) = rest.split_first_chunk::<16>() {
        let (first, second) = words.split_at(8);
        let found = [first, second].map(|word| ends(word.try_into().expect("eight bytes")));
        let before = bytes.len() - rest.len();
        match found {
            [0, 0] => rest = after,
            [0, second] => return before + 8 + second.trailing_zeros() as usize / 8,
            [first, _] => return before + first.trailing_zeros() as usize / 8,
        }
    }

    let end = rest.iter().position(|byte| matches!(byte, b'"' | b'\\' | 0..0x20));
    bytes.len() - rest.len() + end.unwrap_or(rest.len())
}

/// The highest bit of the first byte that ends plain text, and perhaps of later ones.
///
/// With one bit turned, a quote comes next to the control characters, so that one subtraction finds
/// both: it borrows from the highest bit of a byte that is smaller. Bytes beyond ASCII have that bit
/// themselves and are left out. A borrow can spoil later bytes only, so the first one found is right.
fn ends(word: [u8; 8]) -> u64 {
    const EACH: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = 0x80 * EACH;

    let word = u64::from_le_bytes(word);
    let quote_or_control = (word ^ (0x02 * EACH)).wrapping_sub(0x21 * EACH);
    let backslash = (word ^ (0x5c * EACH)).wrapping_sub(EACH);
    (quote_or_control | backslash) & !word & HIGH
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::json::{self, JsonErrorKind};

    fn scan(body: &str) -> Option<Vec<String>> {
        let mut builder = TableBuilder::default();
        page(body.as_bytes(), &mut builder)?;
        let table = builder.finish()?;
        let rows = 0..u32::try_from(table.len()).ok()?;
        Some(rows.map(|row| format!("{} {}", table.id(row), table.name(row))).collect())
    }

    #[test]
    fn it_knows_what_was_recorded_and_leaves_the_rest() {
        let row = r#"{"id":"a","name":"\"\u00e4\ud83d\ude00\n","analytics_tracking_enabled":false,"tags":["x",""]}"#;
        let known = |body: &str| scan(body).is_some();
        let page = format!(r#"{{"segments":[{row},{row}],"message":"success"}}"#);
        assert_eq!(scan(&page), Some(vec!["a \"ä😀\n".to_owned(); 2]));
        assert!(known(&format!("{page}\n ")) && !known(&format!("{page}\u{c}")));
        assert!(known(r#"{"segments":[],"message":"success"}"#));
        assert!(known(&format!(r#"{{"message":"success","segments":[{row}]}}"#)));

        for (from, to) in [
            (r#""a","#, r#""a", "#),
            (r#""a","#, r#""","#),
            (r#""a","#, "\"a\n\","),
            (r#""a","#, r#""\ud83d","#),
            (r#""name":"#, r#""title":"#),
            ("false", "null"),
            (r#"["x",""]"#, "null"),
            (r#"["x",""]"#, r#"["x",]"#),
            ("success", "failure"),
            ("}]", "},]"),
        ] {
            assert!(!known(&page.replace(from, to)), "{to}");
        }
    }

    #[test]
    fn halves_of_a_character_are_not_put_together() {
        let mut body = r#"{"segments":[{"id":"aä","name":"b","analytics_tracking_enabled":true,"tags":[]}],"message":"success"}"#
            .as_bytes()
            .to_vec();
        let half = body.iter().position(|byte| *byte == 0xa4).unwrap();
        body[half] = b'"';
        let name = body.windows(3).position(|bytes| bytes == b"\"b\"").unwrap();
        body[name + 1] = 0xa4;
        body.remove(half + 1);

        assert!(page(&body, &mut TableBuilder::default()).is_some(), "{body:?}");
        let error = json::page(&body).unwrap_err();
        assert!(matches!(error.kind(), JsonErrorKind::Utf8 { .. }), "{error}");
    }
}
