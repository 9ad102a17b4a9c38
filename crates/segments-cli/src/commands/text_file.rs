//! Texts out of files that an argument names.

use std::fmt::Display;
use std::fs::File;
use std::io::{self, ErrorKind, Read};
use std::path::Path;

use crate::error::CommandError;

/// The longest file that is read: a device without an end would take all memory.
const MAX_FILE: u64 = 1 << 30;

const BYTE_ORDER_MARK: char = '\u{feff}';

/// Reads the file that belongs to this argument.
pub(super) fn read(path: &Path, argument: &str) -> Result<String, CommandError> {
    let unreadable = |error: io::Error| {
        let advice = match error.kind() {
            ErrorKind::NotFound => {
                "Name a file that exists; a relative path begins at the current directory"
            }
            ErrorKind::InvalidData => "Save it as UTF-8",
            _ => "It must be a text file of at most 1 GiB that this user can read",
        };
        CommandError::unreadable(argument, path, &error, advice)
    };
    let file = File::open(path).map_err(unreadable)?;
    read_all(file).map_err(unreadable)
}

/// Reads standard input, as far as a file would be read.
pub(super) fn read_stdin() -> Result<String, CommandError> {
    read_all(io::stdin()).map_err(|error| {
        let message = format!("cannot read standard input: {error}");
        CommandError::usage(message, "It must be UTF-8 text of at most 1 GiB")
    })
}

fn read_all(from: impl Read) -> io::Result<String> {
    let mut text = String::new();
    let length = from.take(MAX_FILE + 1).read_to_string(&mut text)?;
    if length as u64 > MAX_FILE {
        return Err(ErrorKind::FileTooLarge.into());
    }

    // Excel and PowerShell write one, and no reader of JSON or TOML means it.
    if text.starts_with(BYTE_ORDER_MARK) {
        text.drain(..BYTE_ORDER_MARK.len_utf8());
    }
    Ok(text)
}

/// What is wrong with the content of such a file.
pub(super) fn malformed(
    argument: &str,
    path: &Path,
    error: &impl Display,
    advice: &str,
) -> CommandError {
    CommandError::usage(format!("{argument} {}: {error}", path.display()), advice)
}
