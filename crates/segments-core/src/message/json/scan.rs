//! The usual page, scanned in a single pass: about three times as fast as a general parser.
//!
//! It accepts what is beyond doubt: only the known keys, each once, with values of the documented
//! types. At anything else it gives up without an error, and `serde_json` decodes the body from its
//! start, so that there is one source of errors. What it accepts must mean the same to both; a
//! property and a fuzz target compare them.

use crate::message::json::table::TableBuilder;

/// Scans a whole page into the builder. After `None` the content of the builder is undefined.
pub(crate) fn page(text: &str, builder: &mut TableBuilder) -> Option<()> {
    let mut scanner = Scanner { text, at: 0, unescaped: String::new() };
    let (mut segments, mut message) = (false, false);

    scanner.expect(b'{')?;
    loop {
        scanner.skip_space();
        if scanner.eat(br#""segments":"#) {
            if std::mem::replace(&mut segments, true) {
                return None;
            }
            scanner.segments(builder)?;
        } else if scanner.eat(br#""message":"#) {
            if std::mem::replace(&mut message, true) || scanner.string()? != "success" {
                return None;
            }
        } else {
            return None;
        }
        if !scanner.comma_or_end(b'}')? {
            break;
        }
    }

    scanner.skip_space();
    (segments && message && scanner.at == text.len()).then_some(())
}

struct Scanner<'a> {
    text: &'a str,
    at: usize,
    /// The last string with escapes, unescaped.
    unescaped: String,
}

impl Scanner<'_> {
    fn segments(&mut self, builder: &mut TableBuilder) -> Option<()> {
        self.expect(b'[')?;
        if self.eat_byte(b']') {
            return Some(());
        }

        loop {
            self.segment(builder.begin())?;
            if !self.comma_or_end(b']')? {
                return Some(());
            }
        }
    }

    fn segment(&mut self, row: &mut TableBuilder) -> Option<()> {
        const ID: u8 = 1;
        const NAME: u8 = 2;
        const TRACKING: u8 = 4;
        const TAGS: u8 = 8;
        let mut seen = 0;

        self.expect(b'{')?;
        loop {
            self.skip_space();
            let initial = *self.bytes().get(self.at + 1)?;
            let field = match initial {
                b'i' if self.eat(br#""id":"#) => {
                    row.set_id(self.string().filter(|id| !id.is_empty())?);
                    ID
                }
                b'n' if self.eat(br#""name":"#) => {
                    row.set_name(self.string()?);
                    NAME
                }
                b'a' if self.eat(br#""analytics_tracking_enabled":"#) => {
                    row.set_tracking(self.boolean()?);
                    TRACKING
                }
                b't' if self.eat(br#""tags":"#) => {
                    self.tags(row)?;
                    TAGS
                }
                _ => return None,
            };

            if seen & field != 0 {
                return None;
            }
            seen |= field;

            if !self.comma_or_end(b'}')? {
                let is_whole = seen | TAGS == ID | NAME | TRACKING | TAGS;
                return is_whole.then(|| row.end());
            }
        }
    }

    fn tags(&mut self, row: &mut TableBuilder) -> Option<()> {
        if self.eat_word(b"null") {
            return Some(());
        }
        self.expect(b'[')?;
        if self.eat_byte(b']') {
            return Some(());
        }

        loop {
            // A tag that is null names nothing.
            if !self.eat_word(b"null") {
                row.push_tag(self.string()?);
            }
            if !self.comma_or_end(b']')? {
                return Some(());
            }
        }
    }

    fn boolean(&mut self) -> Option<bool> {
        if self.eat_word(b"true") {
            return Some(true);
        }
        self.eat_word(b"false").then_some(false)
    }

    /// Consumes a word, if it is next. The caller checks what follows.
    fn eat_word<const N: usize>(&mut self, word: &[u8; N]) -> bool {
        self.skip_space();
        self.eat(word)
    }

    /// Consumes these bytes, if they are next. A constant length makes that a few register
    /// compares.
    fn eat<const N: usize>(&mut self, bytes: &[u8; N]) -> bool {
        let found = self.bytes()[self.at..].first_chunk() == Some(bytes);
        if found {
            self.at += N;
        }
        found
    }

    /// Consumes what follows an element: true for a comma, false for the end.
    fn comma_or_end(&mut self, end: u8) -> Option<bool> {
        if self.eat_byte(b',') {
            return Some(true);
        }
        self.eat_byte(end).then_some(false)
    }

    fn expect(&mut self, byte: u8) -> Option<()> {
        self.eat_byte(byte).then_some(())
    }

    /// Consumes this byte, after white space, if it is next.
    fn eat_byte(&mut self, byte: u8) -> bool {
        if self.bytes().get(self.at) != Some(&byte) {
            self.skip_space();
            if self.bytes().get(self.at) != Some(&byte) {
                return false;
            }
        }
        self.at += 1;
        true
    }

    fn skip_space(&mut self) {
        while let Some(b' ' | b'\n' | b'\t' | b'\r') = self.bytes().get(self.at) {
            self.at += 1;
        }
    }

    fn string(&mut self) -> Option<&str> {
        self.expect(b'"')?;
        let start = self.at;
        self.at += plain(&self.bytes()[start..]);

        match self.bytes().get(self.at)? {
            b'"' => {
                self.at += 1;
                Some(&self.text[start..self.at - 1])
            }
            b'\\' => self.escaped(start),
            _ => None,
        }
    }

    /// The rest of a string, in which the first escape is next.
    fn escaped(&mut self, start: usize) -> Option<&str> {
        self.unescaped.clear();
        self.unescaped.reserve(256);
        self.unescaped.push_str(&self.text[start..self.at]);

        loop {
            match self.bytes().get(self.at)? {
                b'"' => {
                    self.at += 1;
                    return Some(&self.unescaped);
                }
                b'\\' => {
                    let escape = *self.bytes().get(self.at + 1)?;
                    self.at += 2;
                    let character = self.escape(escape)?;
                    self.unescaped.push(character);
                }
                _ => {
                    let length = plain(&self.bytes()[self.at..]);
                    if length == 0 {
                        return None;
                    }
                    self.unescaped.push_str(&self.text[self.at..self.at + length]);
                    self.at += length;
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
                let is_pair = self.bytes()[self.at..].starts_with(b"\\u");
                self.at += 2;
                let low = is_pair.then(|| self.unit())??.checked_sub(0xdc00)?;
                return char::from_u32(0x1_0000 + ((unit - 0xd800) << 10 | low))
                    .filter(|_| low < 0x400);
            }
            _ => return None,
        })
    }

    /// Four hexadecimal digits.
    fn unit(&mut self) -> Option<u32> {
        let digits = self.bytes().get(self.at..self.at + 4)?;
        let value = |digit: &u8| char::from(*digit).to_digit(16);
        let unit = digits.iter().try_fold(0, |unit, digit| Some(unit << 4 | value(digit)?))?;
        self.at += 4;
        Some(unit)
    }

    fn bytes(&self) -> &[u8] {
        self.text.as_bytes()
    }
}

/// How many bytes there are before the first that ends plain text in a string: a quote, a backslash,
/// or a control character.
///
/// Eight at a time. With one bit turned, a quote comes next to the control characters, so that one
/// subtraction finds both: it borrows from the highest bit of a byte that is smaller. Bytes beyond
/// ASCII have that bit themselves and are left out. A borrow can spoil later bytes only, so the
/// first one found is right.
fn plain(bytes: &[u8]) -> usize {
    const EACH: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = 0x80 * EACH;

    let mut rest = bytes;

    while let Some((word, after)) = rest.split_first_chunk::<8>() {
        let word = u64::from_le_bytes(*word);
        let quote_or_control = (word ^ (0x02 * EACH)).wrapping_sub(0x21 * EACH);
        let backslash = (word ^ (0x5c * EACH)).wrapping_sub(EACH);

        let found = (quote_or_control | backslash) & !word & HIGH;
        if found != 0 {
            return bytes.len() - rest.len() + found.trailing_zeros() as usize / 8;
        }
        rest = after;
    }

    let ends = |byte: &u8| matches!(byte, b'"' | b'\\' | 0..0x20);
    bytes.len() - rest.len() + rest.iter().position(ends).unwrap_or(rest.len())
}
