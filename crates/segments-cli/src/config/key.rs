//! The API key, out of a file, standard input, the environment or a program.

use std::fs::{File, Metadata};
use std::io;
use std::path::Path;

use segments_core::ApiKey;

use super::environment::variable;
use super::key_command::key_of_command;
use super::key_text::{looks_like_key, parse_key, read_key};
use super::profile::KeySource;
use crate::error::CommandError;
use crate::terminal::Console;

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

/// Reads the key where it is kept. `place` names what points there.
pub(super) fn key(
    source: &KeySource,
    place: &str,
    console: &Console,
) -> Result<ApiKey, CommandError> {
    match source {
        KeySource::File(path) => key_file(path, console),
        KeySource::Command(words) => key_of_command(words, place),
        KeySource::Variable(name) => {
            let key = variable(name).ok_or_else(|| {
                let message = format!("{place}: the variable {name} is not set");
                CommandError::usage(message, "It should hold a REST API key")
            })?;
            parse_key(key.as_encoded_bytes(), name)
        }
    }
}

/// Reads a key from a file, or from standard input for `-`.
pub(crate) fn key_file(path: &Path, console: &Console) -> Result<ApiKey, CommandError> {
    if path == Path::new("-") {
        let key = read_key(io::stdin().lock()).map_err(|error| unreadable(path, &error))?;
        return parse_key(key, "standard input");
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
    let key = read_key(file).map_err(|error| unreadable(path, &error))?;
    parse_key(key, "the key file")
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

fn unreadable(path: &Path, error: &io::Error) -> CommandError {
    let advice = "It should hold a REST API key in one line";
    CommandError::unreadable("the key file", path, error, advice)
}
