//! The usual page in one look at its bytes, some three times as fast as a general parser.
//!
//! `serde_json` is the judge of what a page is. This takes what needs no judge: only the known keys,
//! each once, and values of the documented types. Whatever else there is, faults included, it
//! leaves alone, and [`decode`](crate::message::json::decode) reads the body from its beginning. What it does take
//! it must take as `decode` would; a property and a fuzzer hold the two against each other.

use crate::message::json::table::TableBuilder;

/// Reads a page into the builder: whole, or `None`, and then the builder holds anything.
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
    /// The last string that was written with escapes.
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
                return (seen | TAGS == ID | NAME | TRACKING | TAGS).then_some(());
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

    /// Passes over this word, if it is next. What follows is looked at by whoever reads on.
    fn eat_word<const N: usize>(&mut self, word: &[u8; N]) -> bool {
        self.skip_space();
        self.eat(word)
    }

    /// A length that is known when this is compiled makes it a comparison of a few registers.
    fn eat<const N: usize>(&mut self, bytes: &[u8; N]) -> bool {
        let found = self.bytes()[self.at..].first_chunk() == Some(bytes);
        if found {
            self.at += N;
        }
        found
    }

    /// After an element: true at a comma, false at the end.
    fn comma_or_end(&mut self, end: u8) -> Option<bool> {
        if self.eat_byte(b',') {
            return Some(true);
        }
        self.eat_byte(end).then_some(false)
    }

    fn expect(&mut self, byte: u8) -> Option<()> {
        self.eat_byte(byte).then_some(())
    }

    /// Passes over this byte, if it is next.
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

/// How many bytes there are before the first that means something within a string: a quote, a
/// backslash, or a control character.
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
