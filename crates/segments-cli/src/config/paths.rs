//! That no two flags name one file.

use std::path::{Path, PathBuf};

use super::profile::KeySource;
use super::settings::{Origin, Setting, Settings};
use crate::args;
use crate::error::CommandError;
use crate::files::{FileUses, Stream, is_stdout, lock_of, partial_of};

const STDOUT: &str = "standard output";
const STDERR: &str = "standard error";

/// Of an export.
///
/// # Errors
/// If two flags name the same file.
pub(crate) fn check_export(args: &args::Export) -> Result<FileUses, CommandError> {
    refuse_mixed(&args.output, args.report.as_deref())?;
    let mut files = FileUses::default();
    add_output(&mut files, &args.output, args.keep_partial);
    if let Some(path) = &args.report {
        files.write("--report", path);
    }
    if let Some(path) = &args.checkpoint {
        files.write("--checkpoint", path);
        files.write("the lock of --checkpoint", &lock_of(path));
    }
    if let Some(path) = &args.record {
        files.write("--record", path);
    }
    add_connection(&mut files, &args.connection);
    refuse(files.collision())?;
    Ok(files)
}

/// Of a record that is replayed.
///
/// # Errors
/// If two flags name the same file.
pub(crate) fn check_replay(args: &args::Replay) -> Result<(), CommandError> {
    refuse_mixed(&args.output, args.report.as_deref())?;
    let mut files = FileUses::default();
    files.read("the record", &args.record);
    add_output(&mut files, &args.output, args.keep_partial);
    if let Some(path) = &args.report {
        files.write("--report", path);
    }
    refuse(files.collision())
}

/// Of many workspaces: `list` names them, `written` are their files, and `keys` those in which their
/// keys are.
///
/// # Errors
/// If a file that is written has another use, under whatever name.
pub(crate) fn check_many<'p>(
    connection: &args::Connection,
    report: Option<&Path>,
    list: &Path,
    written: &[PathBuf],
    uses_stdout: bool,
    keys: impl IntoIterator<Item = &'p Path>,
) -> Result<(), CommandError> {
    if report.is_some_and(is_stdout) {
        return Err(refused("--report would mix with the rows on standard output".to_owned()));
    }

    let mut files = FileUses::default();
    if uses_stdout {
        files.stream(STDOUT, Stream::Output);
    }
    files.stream(STDERR, Stream::Error);
    if let Some(path) = report {
        files.write("--report", path);
    }
    for path in written {
        files.write(&path.display().to_string(), path);
    }
    add_many(&mut files, connection, list, keys);
    refuse(files.collision())
}

/// Of a check of many workspaces, which writes for people only, as [`check_connection`] says.
///
/// # Errors
/// If a file that is read is also written.
pub(crate) fn check_many_connections<'p>(
    connection: &args::Connection,
    list: &Path,
    keys: impl IntoIterator<Item = &'p Path>,
) -> Result<(), CommandError> {
    let mut files = FileUses::default();
    files.stream(STDOUT, Stream::Output);
    files.stream(STDERR, Stream::Error);
    add_many(&mut files, connection, list, keys);
    refuse(files.collision_of_input_and_output())
}

fn add_many<'p>(
    files: &mut FileUses,
    connection: &args::Connection,
    list: &Path,
    keys: impl IntoIterator<Item = &'p Path>,
) {
    if list == Path::new("-") {
        files.stream("--workspaces", Stream::Input);
    } else {
        files.read("--workspaces", list);
    }
    for path in keys {
        files.read(&path.display().to_string(), path);
    }
    add_connection(files, connection);
}

/// Of a single page.
///
/// # Errors
/// If two flags name the same file.
pub(crate) fn check_get(args: &args::Get) -> Result<FileUses, CommandError> {
    let mut files = FileUses::default();
    add_output(&mut files, &args.output, false);
    add_connection(&mut files, &args.connection);
    refuse(files.collision())?;
    Ok(files)
}

/// Of a check. It writes for people only, so one log may take both streams.
///
/// # Errors
/// If a file that is read is also written.
pub(crate) fn check_connection(args: &args::Connection) -> Result<FileUses, CommandError> {
    let mut files = FileUses::default();
    files.stream(STDOUT, Stream::Output);
    files.stream(STDERR, Stream::Error);
    add_connection(&mut files, args);
    refuse(files.collision_of_input_and_output())?;
    Ok(files)
}

/// Of a state that is kept up to date.
///
/// # Errors
/// If two flags name the same file.
pub(crate) fn check_tracking(
    args: &args::Tracking,
    report: Option<&Path>,
) -> Result<FileUses, CommandError> {
    if report.is_some_and(is_stdout) {
        return Err(refused("--report would mix with the events on standard output".to_owned()));
    }

    let mut files = FileUses::default();
    if let Some(path) = report {
        files.write("--report", path);
    }
    if let Some(state) = &args.state {
        files.write("--state", state);
        files.write("the lock of --state", &lock_of(state));
    }
    files.stream(STDOUT, Stream::Output);
    files.stream(STDERR, Stream::Error);
    add_connection(&mut files, &args.connection);
    refuse(files.collision())?;
    Ok(files)
}

/// Of an emulator, which writes its address to standard output.
///
/// # Errors
/// If a file that is read is also written.
pub(crate) fn check_serve(args: &args::Serve) -> Result<(), CommandError> {
    let mut files = FileUses::default();
    for (flag, path) in
        [("--load", &args.load), ("--faults", &args.faults), ("--api-key-file", &args.api_key_file)]
    {
        if let Some(path) = path {
            files.read(flag, path);
        }
    }
    files.stream(STDOUT, Stream::Output);
    files.stream(STDERR, Stream::Error);
    refuse(files.collision_of_input_and_output())
}

/// The same with the files that a configuration names, once that is read.
pub(super) fn check_settings(mut files: FileUses, settings: &Settings) -> Result<(), CommandError> {
    if let Some(path) = &settings.file {
        files.read("the configuration file", path);
    }
    if let Some(Setting { value: KeySource::File(path), origin: Origin::Profile { .. } }) =
        &settings.key
    {
        files.read("api_key_file of the profile", path);
    }
    refuse(files.collision_of_input_and_output())
}

fn refuse_mixed(output: &args::Output, report: Option<&Path>) -> Result<(), CommandError> {
    let to_stdout = output.file.as_deref().is_none_or(is_stdout);
    if to_stdout && report.is_some_and(is_stdout) {
        return Err(refused("--report would mix with the segments on standard output".to_owned()));
    }
    Ok(())
}

fn add_output(files: &mut FileUses, args: &args::Output, keep_partial: bool) {
    match args.file.as_deref() {
        None => files.stream(STDOUT, Stream::Output),
        Some(path) => {
            files.write("--output", path);
            if keep_partial && !is_stdout(path) {
                files.write("the .partial of --output", &partial_of(path));
            }
        }
    }
    files.stream(STDERR, Stream::Error);
}

fn add_connection(files: &mut FileUses, args: &args::Connection) {
    match args.api_key_file.as_deref() {
        Some(path) if path == Path::new("-") => files.stream("--api-key-file", Stream::Input),
        Some(path) => files.read("--api-key-file", path),
        None => {}
    }
    if let Some(path) = &args.ca_file {
        files.read("--ca-file", path);
    }
    // Where the platform's root certificates are looked for.
    if let Some(path) = std::env::var_os("SSL_CERT_FILE").filter(|path| !path.is_empty()) {
        files.read("SSL_CERT_FILE", Path::new(&path));
    }
}

fn refuse(collision: Option<(&str, &str)>) -> Result<(), CommandError> {
    match collision {
        None => Ok(()),
        Some((STDOUT, STDERR) | (STDERR, STDOUT)) => {
            let message = "standard output and standard error are the same file, where messages would \
                           mix with the data";
            let advice = "Redirect only one of them to it; nothing was opened or sent";
            Err(CommandError::usage(message, advice))
        }
        Some((one, other)) => Err(refused(format!("{one} and {other} are the same file"))),
    }
}

fn refused(message: String) -> CommandError {
    let advice = "Give each a file of its own; nothing was opened or sent";
    CommandError::usage(message, advice)
}
