use std::fs::File;
use std::io;
use std::path::Path;

use super::path::{directory_of, follow};

/// Makes an empty file in place of the one at `path`, for its owner alone. A process that writes the
/// old one goes on with a file that has no name.
///
/// # Errors
/// If it cannot be made, or the old one cannot be replaced.
pub(crate) fn create_in_place_of(path: &Path) -> io::Result<File> {
    let path = follow(path)?;
    let mut options = File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);

    // Opened here and not by `tempfile`, whose errors name a path that the user has not.
    let builder = tempfile::Builder::new();
    let temp = builder.make_in(directory_of(&path), |path| options.open(path))?;
    temp.persist(&path).map_err(|failed| failed.error)
}
