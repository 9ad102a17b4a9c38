//! The API key, out of a file, standard input or the environment.

use std::ffi::OsStr;
use std::fs::{File, Metadata};
use std::io::{self, Read};
use std::path::Path;

use segments_core::ApiKey;

use crate::error::CommandError;
use crate::terminal::Console;

/// How much of a key file is read: `ApiKey` refuses far shorter ones.
const MOST_KEY_BYTES: u64 = 64 * 1024;

/// What editors and shells append to a line.
pub(super) const LINE_ENDS: [char; 2] = ['\r', '\n'];

/// Refuses `--api-key VALUE` without repeating the value.
pub(crate) fn refuse_key_in_argument(is_given: bool) -> Result<(), CommandError> {
    if !is_given {
        return Ok(());
    }
    Err(CommandError::usage(
        "a key does not go into an argument, where every user of this machine can see it",
        "Set BRAZE_API_KEY or use --api-key-file, and replace the key that was shown",
    ))
}

/// The key of a file or else of the variable, if there is one.
pub(super) fn key(
    file: Option<&Path>,
    variable: Option<&OsStr>,
    console: &Console,
) -> Result<Option<ApiKey>, CommandError> {
    match (file, variable) {
        (Some(file), _) => key_file(file, console).map(Some),
        (None, Some(key)) => parse_key(key.as_encoded_bytes(), "BRAZE_API_KEY").map(Some),
        (None, None) => Ok(None),
    }
}

/// Reads a key from a file, or from standard input for `-`.
pub(crate) fn key_file(path: &Path, console: &Console) -> Result<ApiKey, CommandError> {
    if path == Path::new("-") {
        return parse_key(read_key(io::stdin().lock(), path)?, "standard input");
    }

    let file = match File::open(path) {
        Ok(file) => file,
        // If the user has given the key itself, it must not get into a log.
        Err(_) if looks_like_key(path) => {
            return Err(CommandError::usage(
                "--api-key-file names no file, and looks like a key itself",
                "Put the key into a file, or into BRAZE_API_KEY",
            ));
        }
        Err(error) => return Err(unreadable(path, &error)),
    };
    let metadata = file.metadata().map_err(|error| unreadable(path, &error))?;
    if metadata.is_dir() {
        return Err(unreadable(path, &io::ErrorKind::IsADirectory.into()));
    }

    if is_open_to_others(&metadata) {
        let path = path.display();
        console.warn(&format!("other users can open the key file {path}; run chmod 600 on it"));
    }
    parse_key(read_key(file, path)?, "the key file")
}

#[cfg(unix)]
fn is_open_to_others(metadata: &Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt;

    metadata.is_file() && metadata.permissions().mode() & 0o077 != 0
}

#[cfg(not(unix))]
fn is_open_to_others(_: &Metadata) -> bool {
    false
}

fn read_key(input: impl Read, path: &Path) -> Result<Vec<u8>, CommandError> {
    let mut key = Vec::new();
    input.take(MOST_KEY_BYTES).read_to_end(&mut key).map_err(|error| unreadable(path, &error))?;

    let end = key.iter().rposition(|byte| !LINE_ENDS.contains(&char::from(*byte)));
    key.truncate(end.map_or(0, |end| end + 1));
    Ok(key)
}

fn parse_key(key: impl AsRef<[u8]>, place: &str) -> Result<ApiKey, CommandError> {
    ApiKey::new(key).map_err(|error| {
        CommandError::usage(
            format!("{place}: {error}"),
            "It should hold a REST API key and nothing else",
        )
    })
}

fn unreadable(path: &Path, error: &io::Error) -> CommandError {
    let advice = "It should hold a REST API key in one line";
    CommandError::unreadable("the key file", path, error, advice)
}

/// Whether a part of the path is as long as a key and hexadecimal, as Braze's keys are.
fn looks_like_key(path: &Path) -> bool {
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
            assert_eq!(read_key(text.as_bytes(), Path::new("-")).unwrap(), b"key");
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
