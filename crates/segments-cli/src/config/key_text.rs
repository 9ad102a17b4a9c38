//! What a key looks like: the bytes of a file, of a variable or of a program's output.

use std::io::{self, Read};
use std::path::Path;

use segments_core::ApiKey;

use crate::error::CommandError;

/// How much of a key file is read: `ApiKey` refuses far shorter ones.
const MOST_KEY_BYTES: u64 = 64 * 1024;

/// What editors and shells append to a line.
pub(super) const LINE_ENDS: [char; 2] = ['\r', '\n'];

/// Reads a key without the line break at its end.
pub(super) fn read_key(input: impl Read) -> io::Result<Vec<u8>> {
    let mut key = Vec::new();
    input.take(MOST_KEY_BYTES).read_to_end(&mut key)?;

    let end = key.iter().rposition(|byte| !LINE_ENDS.contains(&char::from(*byte)));
    key.truncate(end.map_or(0, |end| end + 1));
    Ok(key)
}

/// A key, or what is wrong with it. `place` says where it was found.
pub(super) fn parse_key(key: impl AsRef<[u8]>, place: &str) -> Result<ApiKey, CommandError> {
    ApiKey::new(key).map_err(|error| {
        CommandError::usage(
            format!("{place}: {error}"),
            "It should hold a REST API key and nothing else",
        )
    })
}

/// Whether a part of the path is as long as a key and hexadecimal, as Braze's keys are.
pub(crate) fn looks_like_key(path: &Path) -> bool {
    const SHORTEST_KEY: usize = 32;

    let text = path.as_os_str().as_encoded_bytes();
    let is_foreign = |byte: &u8| !byte.is_ascii_hexdigit() && *byte != b'-';
    !text.contains(&b'/') && text.split(is_foreign).any(|part| part.len() >= SHORTEST_KEY)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_ends_are_no_part_of_a_key() {
        for text in ["key", "key\n", "key\r\n"] {
            assert_eq!(read_key(text.as_bytes()).unwrap(), b"key");
        }
        assert!(parse_key("two words", "x").is_err());
    }

    #[test]
    fn keys_are_told_from_paths() {
        assert!(looks_like_key(Path::new("75480f9a-4db8-4057-8b7e-4d59bfd73709")));
        assert!(looks_like_key(Path::new("BRAZE_API_KEY=75480f9a-4db8-4057-8b7e-4d59bfd73709")));
        assert!(looks_like_key(Path::new("Bearer 75480f9a4db840578b7e4d59bfd73709")));
        assert!(!looks_like_key(Path::new("/run/secrets/braze")));
        assert!(!looks_like_key(Path::new("a-key-file-with-quite-a-long-name-2026-09-01.txt")));
    }
}
