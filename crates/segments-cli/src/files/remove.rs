use std::io::ErrorKind;
use std::path::Path;

use crate::error::CommandError;

/// Removes a file. That there is none is no error.
pub(crate) fn remove_if_there(path: &Path) -> Result<(), CommandError> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            Err(CommandError::write_failed(&path.display().to_string(), &error))
        }
        _ => Ok(()),
    }
}
