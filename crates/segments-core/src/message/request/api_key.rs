use std::fmt;
use std::str::FromStr;

use http::HeaderValue;
use subtle::ConstantTimeEq;

use crate::message::request::Pasted;

/// A Braze REST API key, checked when it is made and never shown.
///
/// Braze documents no format, so up to [`ApiKey::MAX_LEN`] bytes of visible ASCII (`0x21` to
/// `0x7E`) are accepted, unless they are plainly something else: a line of an `.env` file, a
/// placeholder, a quoted text, a URL. Nothing is trimmed or corrected.
///
/// There is no `Display` and no `Serialize`, and `Debug` prints `ApiKey(***)`. The bytes are not
/// wiped from memory on drop, because every HTTP client copies the header.
///
/// ```
/// use segments_core::ApiKey;
///
/// let key = ApiKey::new("75480f9a-4db8-4057-8b7e-4d59bfd73709")?;
/// assert_eq!(format!("{key:?}"), "ApiKey(***)");
/// assert!(ApiKey::new("with a space").is_err());
/// # Ok::<(), segments_core::request::InvalidApiKey>(())
/// ```
#[derive(Clone)]
pub struct ApiKey {
    bearer: HeaderValue,
}

const SCHEME: &str = "Bearer ";

/// A run of this many characters of the key is redacted even when the rest is missing.
const SHORTEST_PART: usize = 8;

const REDACTED: &str = "***";

impl ApiKey {
    /// The longest key that is accepted, in bytes. Larger values are files passed by mistake.
    pub const MAX_LEN: usize = 4096;

    /// Checks a key.
    ///
    /// # Errors
    /// [`InvalidApiKey`] says what is wrong and at which byte, and never repeats the value.
    pub fn new(key: impl AsRef<[u8]>) -> Result<Self, InvalidApiKey> {
        Self::from_bytes(key.as_ref())
    }

    fn from_bytes(key: &[u8]) -> Result<Self, InvalidApiKey> {
        if key.is_empty() {
            return Err(InvalidApiKey::Empty);
        }
        if key.len() > Self::MAX_LEN {
            return Err(InvalidApiKey::TooLong { len: key.len() });
        }
        if let Some(pasted) = pasted(key) {
            return Err(pasted);
        }
        if let Some(position) = key.iter().position(|byte| !byte.is_ascii_graphic()) {
            return Err(InvalidApiKey::Byte { position });
        }

        let value = [SCHEME.as_bytes(), key].concat();
        let mut bearer =
            HeaderValue::from_bytes(&value).map_err(|_| InvalidApiKey::Byte { position: 0 })?;
        bearer.set_sensitive(true);

        Ok(Self { bearer })
    }

    /// `Authorization`'s value, marked sensitive.
    pub(crate) fn bearer(&self) -> &HeaderValue {
        &self.bearer
    }

    /// Whether `candidate` is this key, compared in a time that depends on lengths only. For
    /// servers.
    pub fn matches(&self, candidate: &[u8]) -> bool {
        self.bytes().ct_eq(candidate).into()
    }

    /// Redacts the key in `text`, and every part of it of eight characters or more.
    ///
    /// Braze's 401 has repeated the key (recorded 2019 to 2021), so every text from a server is
    /// redacted before it reaches an error.
    pub fn redact(&self, text: &str) -> String {
        let key = self.bytes();
        let shortest = SHORTEST_PART.min(key.len());
        let bytes = text.as_bytes();
        if !holds_part(key, bytes, shortest) {
            return text.to_owned();
        }

        let mut out = String::with_capacity(text.len());
        let (mut at, mut kept) = (0, 0);

        while at + shortest <= bytes.len() {
            match longest_part(key, &bytes[at..], shortest) {
                Some(len) => {
                    // The key is ASCII, so a match begins and ends on character boundaries.
                    out.push_str(&text[kept..at]);
                    out.push_str(REDACTED);
                    at += len;
                    kept = at;
                }
                None => at += 1,
            }
        }

        out.push_str(&text[kept..]);
        out
    }

    fn bytes(&self) -> &[u8] {
        &self.bearer.as_bytes()[SCHEME.len()..]
    }
}

/// [`ApiKey::new`].
impl FromStr for ApiKey {
    type Err = InvalidApiKey;

    fn from_str(key: &str) -> Result<Self, InvalidApiKey> {
        Self::new(key)
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiKey(***)")
    }
}

/// What was pasted where a key should be.
fn pasted(key: &[u8]) -> Option<InvalidApiKey> {
    if let Some(around) = Pasted::around(key) {
        return Some(InvalidApiKey::Pasted(around));
    }

    let text = String::from_utf8_lossy(key);
    let lower = text.trim_start().to_ascii_lowercase();
    let begins = |word: &str| lower.strip_prefix(word).is_some_and(|rest| !rest.is_empty());

    if begins("bearer ") || begins("authorization:") {
        return Some(InvalidApiKey::Bearer);
    }
    if begins("https://") || begins("http://") {
        return Some(InvalidApiKey::Address);
    }

    let pasted = Pasted::assignment(&text, &["key", "token", "secret"]);
    pasted.or_else(|| Pasted::space(key)).map(InvalidApiKey::Pasted)
}

/// Whether a part of the key is in the text at all: if so, it covers one of every `shortest` bytes.
fn holds_part(key: &[u8], text: &[u8], shortest: usize) -> bool {
    // The two cases of a letter differ in this bit. So do some other bytes, which `same` sees.
    const CASE: u8 = b'a' ^ b'A';
    let same = |(a, b): &(&u8, &u8)| a.eq_ignore_ascii_case(b);

    for at in (shortest - 1..text.len()).step_by(shortest) {
        let byte = text[at] | CASE;
        for (key_at, _) in key.iter().enumerate().filter(|(_, other)| **other | CASE == byte) {
            let before = key[..key_at].iter().rev().zip(text[..at].iter().rev());
            let after = key[key_at..].iter().zip(&text[at..]);
            if before.take_while(same).count() + after.take_while(same).count() >= shortest {
                return true;
            }
        }
    }
    false
}

/// The length of the longest part of `key`, at least `shortest`, with which `text` begins.
fn longest_part(key: &[u8], text: &[u8], shortest: usize) -> Option<usize> {
    let common =
        |part: &[u8]| part.iter().zip(text).take_while(|(a, b)| a.eq_ignore_ascii_case(b)).count();
    (0..=key.len() - shortest)
        .map(|start| common(&key[start..]))
        .filter(|len| *len >= shortest)
        .max()
}

/// Why a text is not an [`ApiKey`]. Never repeats the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum InvalidApiKey {
    /// It is empty.
    Empty,
    /// It is longer than [`ApiKey::MAX_LEN`].
    TooLong {
        /// Its length in bytes.
        len: usize,
    },
    /// Something was pasted with it, or in its place.
    Pasted(Pasted),
    /// It is the whole header value, with `Bearer`.
    Bearer,
    /// It is a URL, perhaps the endpoint's.
    Address,
    /// A byte is not visible ASCII: a control character, a letter with an accent.
    Byte {
        /// Its position, from 0.
        position: usize,
    },
}

impl fmt::Display for InvalidApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("the API key is empty"),
            Self::TooLong { len } => write!(
                f,
                "the API key has {len} bytes, more than {}: is it the right file?",
                ApiKey::MAX_LEN
            ),
            Self::Pasted(pasted) => write!(f, "the API key {pasted}"),
            Self::Bearer => f.write_str(
                "the API key starts with the name of a header or scheme: give only what follows \
                 `Bearer`",
            ),
            Self::Address => f.write_str("the API key is a URL: did you mean the base URL?"),
            Self::Byte { position } => write!(
                f,
                "the API key contains a character that is not visible ASCII, at byte {position}: \
                 look for copied formatting"
            ),
        }
    }
}

impl std::error::Error for InvalidApiKey {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn c1_only_visible_ascii_is_taken() {
        assert_eq!(ApiKey::new("").unwrap_err(), InvalidApiKey::Empty);
        assert_eq!(ApiKey::new("ab\u{1b}d").unwrap_err(), InvalidApiKey::Byte { position: 2 });
        assert_eq!(ApiKey::new("schlüssel").unwrap_err(), InvalidApiKey::Byte { position: 4 });
        let long = "x".repeat(ApiKey::MAX_LEN + 1);
        assert_eq!(ApiKey::new(long).unwrap_err(), InvalidApiKey::TooLong { len: 4097 });
    }

    #[test]
    fn what_was_pasted_in_place_of_a_key_is_named() {
        use InvalidApiKey::{Address, Bearer};
        let pasted = InvalidApiKey::Pasted;

        for (key, expected) in [
            ("Bearer CANARY-0123", Bearer),
            ("bearer CANARY-0123", Bearer),
            ("Authorization: Bearer CANARY-0123", Bearer),
            ("https://rest.iad-01.braze.com", Address),
            ("\"CANARY-0123\"", pasted(Pasted::Quotes)),
            ("'Bearer CANARY-0123'", pasted(Pasted::Quotes)),
            ("BRAZE_API_KEY=CANARY-0123", pasted(Pasted::Assignment)),
            ("export BRAZE_API_KEY=\"CANARY-0123\"", pasted(Pasted::Assignment)),
            ("<your-key>", pasted(Pasted::Placeholder)),
            ("\u{feff}CANARY-0123", pasted(Pasted::ByteOrderMark)),
            ("C\0A\0N\0A\0R\0Y\0", pasted(Pasted::Utf16)),
            (" CANARY-0123", pasted(Pasted::Blank { position: 0 })),
            ("CANARY-0123\t", pasted(Pasted::Blank { position: 11 })),
            ("CANARY\n-0123", pasted(Pasted::LineEnd { position: 6 })),
        ] {
            let error = ApiKey::new(key).unwrap_err();
            assert_eq!(error, expected, "{key:?}");
            assert!(!format!("{error} {error:?}").contains("CANARY"));
        }

        for key in ["bearer", "Bearer", "bearerabc", "aGVsbG8=", "http", "'"] {
            assert!(ApiKey::new(key).is_ok(), "{key}");
        }
    }

    #[test]
    fn the_header_is_sensitive() {
        let key = ApiKey::new("CANARY-0123456789").unwrap();
        assert_eq!(key.bearer(), "Bearer CANARY-0123456789");
        assert_eq!(format!("{:?}", key.bearer()), "Sensitive");
    }

    #[test]
    fn the_key_and_its_parts_are_redacted() {
        let key = ApiKey::new("CANARY-0123456789").unwrap();

        assert_eq!(key.redact("Invalid API key: CANARY-0123456789!"), "Invalid API key: ***!");
        assert_eq!(key.redact("cut: CANARY-012"), "cut: ***");
        assert_eq!(key.redact("canary-0123456789"), "***");
        assert_eq!(key.redact("456789"), "456789");

        for before in 0..20 {
            let text = format!("{}3456789", "-".repeat(before));
            assert_eq!(key.redact(&text), text);
            let text = format!("{}23456789", "-".repeat(before));
            assert_eq!(key.redact(&text), text.replace("23456789", "***"));
        }

        assert_eq!(key.redact("grün CANARY-0123456789 grün"), "grün *** grün");
        assert_eq!(ApiKey::new("abc").unwrap().redact("xabcabcx"), "x******x");
    }

    #[test]
    fn only_the_same_key_matches() {
        let key = ApiKey::new("abc").unwrap();
        assert!(key.matches(b"abc"));
        for other in ["", "ab", "abd", "abcabc", "Abc"] {
            assert!(!key.matches(other.as_bytes()), "{other}");
        }
    }
}
